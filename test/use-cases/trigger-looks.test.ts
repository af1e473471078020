/** Jobs that wait for objects and tables: one run for each change, and none without an answer. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type S3Simulator, startS3Simulator } from '../../simulators/s3/index.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { inEnglish, sentence } from '../../src/domain/text/sentence.ts';
import { lookTable } from '../../src/store/repositories/trigger-looks.ts';
import { lookAtSources } from '../../src/use-cases/jobs/triggers/look.ts';
import { usePostgres } from '../sources/support/postgres.ts';
import { needsPostgres } from '../support/postgres.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { serviceBench, useServiceBench } from '../support/service-bench.ts';

const MINUTE = 60_000;
const SECOND_CSV = 'email\na@example.com\nb@example.com\n';

const bench = useServiceBench();
let s3: S3Simulator;
let storage: string;
let isAway = false;

beforeAll(async () => {
  s3 = await startS3Simulator({
    members: 0,
    intercept: () => (isAway ? { status: 403, code: 'AccessDenied' } : undefined),
  });
  const { keys, endpoint, region } = s3;
  const made = await bench().service.authorizations.create(
    {
      provider: 's3',
      method: 's3_access_key',
      label: 'Storage',
      description: '',
      configuration: {
        access_key_id: keys.accessKeyId,
        secret_access_key: keys.secretAccessKey,
        endpoint,
        region,
      },
    },
    aiko,
  );
  storage = made.value.id;
});
afterAll(() => s3?.close());

const put = (key: string, content: string) => s3.put('crm', key, content, bench().clock.now().getTime());

/** A job on the newest object of a folder of its own, which has one. */
async function createJob(folder: string, trigger: object = {}) {
  put(`${folder}/1.csv`, 'email\na@example.com\n');
  const job = aNewJob(bench().authorizationId, {
    segment_id: `newest:s3://crm/${folder}/*.csv`,
    audience_name: folder,
    max_shrink: 1,
    run_frequency: 'when_ready',
    time_of_day: null,
    trigger: { kind: 'object', ...trigger },
  });
  return (await bench().service.jobs.create({ ...job, source_authorization_id: storage }, aiko)).value;
}

/** Long enough for another look, and for another run. */
const later = (minutes = 20) => bench().clock.advance(minutes * MINUTE);

/** Lets looks come that find nothing new. */
async function idle(id: string) {
  for (let looks = 0; looks < 2; looks += 1) {
    const { trigger } = await bench().service.jobs.get(id);
    later();
    await bench().waitForJob(id, (job) => job.trigger?.looked_at !== trigger?.looked_at && job.status === 'sleeping');
  }
}

const isDone = (records: number) => (job: JobView) =>
  job.status === 'sleeping' && job.last_run?.status === 'succeeded' && job.last_run.unique === records;

test('a new object gets one run, which reads it', async () => {
  const { id } = await createJob('daily');
  const first = await bench().waitForJob(id, isDone(1));
  // The first run has read what was there when the job was saved.
  later();
  const looked = await bench().waitForJob(id, ({ trigger }) => trigger?.looked_at != null);
  expect(looked.trigger).toMatchObject({ found: 'same', fired_at: null, failing_since: null });
  const { looked_at, next_look_at } = looked.trigger!;
  expect(Date.parse(next_look_at!) - Date.parse(looked_at!)).toBeGreaterThan(4 * MINUTE);
  expect(looked.last_run?.id).toBe(first.last_run?.id);

  put('daily/2.csv', SECOND_CSV);
  later();
  await bench().waitForJob(id, ({ trigger }) => trigger?.found === 'new');
  const second = await bench().waitForJob(id, isDone(2));
  expect(second.trigger?.fired_at).not.toBeNull();
  const log = await bench().service.jobs.transitions(id, { limit: 50 });
  const fired = log.items.filter(({ action }) => action === 'trigger');
  expect(fired.map(({ reason }) => reason)).toEqual(['A new object has come.']);
  expect(await bench().service.runs.list({ jobId: id, limit: 10 })).toMatchObject({ items: [{}, {}] });
});

test('without an answer nothing has come, the job tells it, and what came meanwhile is not lost', async () => {
  const { id } = await createJob('away', { deadline: '09:00' });
  const first = await bench().waitForJob(id, isDone(1));
  isAway = true;
  put('away/2.csv', SECOND_CSV);
  later();
  const failing = await bench().waitForJob(id, ({ trigger }) => trigger?.failing_since != null);
  expect(failing.last_run?.id).toBe(first.last_run?.id);
  const [warning] = failing.warnings;
  expect(warning?.path).toBe('configuration.trigger');
  expect(inEnglish(warning!.sentence!)).toMatch(/^Since .*, Lineup could not look whether something new has come\./);
  expect(bench().events).toContainEqual(expect.objectContaining({ event: 'job.look_failed', job_id: id }));
  // The deadline is told all the same.
  later(48 * 60);
  await bench().waitForJob(id, ({ open_alerts }) => open_alerts === 1);

  isAway = false;
  later(70);
  const second = await bench().waitForJob(id, isDone(2));
  expect(second).toMatchObject({ warnings: [], trigger: { failing_since: null }, open_alerts: 0 });
});

test('another address of the storage can be watched, and is checked before the job is saved', async () => {
  await expect(createJob('marked', { address: 's3://elsewhere/_SUCCESS' })).rejects.toMatchObject({
    fields: [{ path: 'configuration.trigger.address' }],
  });
  const { id } = await createJob('marked', { address: 's3://crm/marked/_SUCCESS' });
  await bench().waitForJob(id, isDone(1));
  put('marked/2.csv', SECOND_CSV);
  later();
  await bench().waitForJob(id, ({ trigger }) => trigger?.found === 'nothing');
  put('marked/_SUCCESS', '');
  later();
  await bench().waitForJob(id, isDone(2));
});

test('what a person’s run has read and is gone before the next look gets another run', async () => {
  const { id } = await createJob('back');
  const since = bench().clock.now().getTime();
  s3.put('crm', 'back/2.csv', SECOND_CSV, since);
  later();
  await bench().waitForJob(id, isDone(2));
  await idle(id);
  // Deleted by mistake, and brought back as it was, which gives it the time that it had.
  s3.delete('crm', 'back/2.csv');
  await bench().service.jobs.act(id, 'run_now', aiko);
  await bench().waitForJob(id, isDone(1));
  s3.put('crm', 'back/2.csv', SECOND_CSV, since);
  later();
  await bench().waitForJob(id, isDone(2));
  // What was only deleted starts nothing, as before.
  s3.delete('crm', 'back/2.csv');
  await bench().service.jobs.act(id, 'run_now', aiko);
  const { last_run } = await bench().waitForJob(id, isDone(1));
  await idle(id);
  expect((await bench().service.jobs.get(id)).last_run?.id).toBe(last_run?.id);
});

test('another source is looked at anew, and other sources tell of no objects', async () => {
  put('weekly/1.csv', SECOND_CSV);
  const made = await createJob('other');
  const first = await bench().waitForJob(made.id, isDone(1));
  const configuration = { ...first.configuration, segment_id: 's3://crm/weekly/*.csv' };
  const edited = await bench().service.jobs.change(made.id, first.revision, { configuration }, aiko);
  later();
  await bench().waitForJob(made.id, ({ trigger }) => trigger?.looked_at != null);
  expect((await bench().service.jobs.get(made.id)).trigger?.fired_at).toBeNull();
  const files = {
    source_authorization_id: null,
    configuration: { ...configuration, segment_id: bench().write('a.csv', SECOND_CSV) },
  };
  await expect(bench().service.jobs.change(made.id, edited.revision, files, aiko)).rejects.toMatchObject({
    fields: [{ path: 'configuration.trigger', message: expect.stringContaining('Only a source of objects') }],
  });
});

test('a source that hangs does not keep the jobs of other sources waiting', async () => {
  const { service, authorizationId, database, running } = await serviceBench({ role: 'api' });
  const { keys, endpoint, region } = s3;
  const configuration = {
    access_key_id: keys.accessKeyId,
    secret_access_key: keys.secretAccessKey,
    endpoint,
    region,
  };
  const source = { provider: 's3', method: 's3_access_key', description: '', configuration };
  const newSource = async (label: string) => (await service.authorizations.create({ ...source, label }, aiko)).value.id;
  const [hanging, other] = [await newSource('hangs'), await newSource('answers')];
  put('many/1.csv', SECOND_CSV);
  const jobs = [...Array<string>(9).fill(hanging), other].map((source_authorization_id, n) => ({
    ...aNewJob(authorizationId, {
      segment_id: 's3://crm/many/*.csv',
      audience_name: `Many ${n}`,
      run_frequency: 'when_ready',
      time_of_day: null,
      trigger: { kind: 'object' },
    }),
    source_authorization_id,
  }));
  for (const job of jobs) await service.jobs.create(job, aiko);
  const { db } = database.database;
  await db.updateTable('jobs').set({ status: 'sleeping', slot: null }).execute();

  let passed = 0;
  const now = () => new Date(Date.UTC(2026, 2, 2) + passed);
  const asked: (string | null)[] = [];
  const sources = {
    latest: async ({ authorizationId: source }: { readonly authorizationId: string | null }) => {
      asked.push(source);
      if (source === other) return null;
      passed += 30_000;
      throw new LineupError('source_failed', sentence`The source did not answer.`, { retryable: true });
    },
  };
  const log = { record: () => {} };
  const deps = { looks: lookTable(db), box: running.box, now, log, sources, sleep: () => new Promise(() => {}) };
  const look = () =>
    lookAtSources(deps as unknown as Parameters<typeof lookAtSources>[0], AbortSignal.timeout(30_000), () => {});
  await look();
  expect(asked).toContain(other);
  expect(asked.length).toBeLessThanOrEqual(4);
  const failing = (await db.selectFrom('trigger_looks').selectAll().execute()).filter(({ failures }) => failures > 0);
  expect(failing).toHaveLength(asked.length - 1);
  // The others have their turn later.
  passed += 10 * MINUTE;
  asked.length = 0;
  await look();
  expect(asked).toContain(hanging);
});

describe('a job on a table', needsPostgres, () => {
  const database = usePostgres();
  let shop: string;

  beforeAll(async () => {
    await database.sql(`
      CREATE TABLE members (email text, changed_at timestamptz NOT NULL DEFAULT now());
      INSERT INTO members VALUES ('a@example.com', '2026-01-01')`);
    const { searchParams, hostname } = new URL(database.url);
    const internal_hosts = [searchParams.get('host') ?? hostname, '127.0.0.1', 'localhost'];
    await bench().service.settings.write('network', { internal_hosts }, aiko);
    const configuration = { connection_url: database.url };
    const made = await bench().service.authorizations.create(
      { provider: 'postgresql', method: 'postgresql_connection_url', label: 'Shop', description: '', configuration },
      aiko,
    );
    shop = made.value.id;
  });

  const createOn = async (audience_name: string, trigger: object, segment_id = 'public.members') => {
    const job = aNewJob(bench().authorizationId, {
      segment_id,
      audience_name,
      max_shrink: 1,
      run_frequency: 'when_ready',
      time_of_day: null,
      trigger: { kind: 'table', ...trigger },
    });
    return (await bench().service.jobs.create({ ...job, source_authorization_id: shop }, aiko)).value;
  };

  test('runs when a column or a query has another value, and keeps none of the values', async () => {
    const byColumn = await createOn('by column', { column: 'changed_at' });
    const byQuery = await createOn('by query', { query: 'SELECT max(email) FROM members' });
    for (const { id } of [byColumn, byQuery]) await bench().waitForJob(id, isDone(1));
    later();
    for (const { id } of [byColumn, byQuery])
      await bench().waitForJob(id, ({ trigger }) => trigger?.looked_at != null && trigger.fired_at === null);
    await database.sql(`INSERT INTO members VALUES ('b@example.com', '2026-01-02')`);
    later();
    for (const { id } of [byColumn, byQuery]) await bench().waitForJob(id, isDone(2));
    // A value may also become smaller.
    await database.sql(`DELETE FROM members WHERE email LIKE 'b%'`);
    later();
    await bench().waitForJob(byQuery.id, isDone(1));
    const { rows } = await sql`select trigger_state from lineup.jobs`.execute(bench().database.database.db);
    const kept = JSON.stringify(rows);
    expect(kept).not.toMatch(/example\.com|2026-01-0/);
    for (const value of ['a@example.com', 'b@example.com'])
      expect(kept).not.toContain(createHash('sha256').update(value).digest('hex').slice(0, 32));
  });

  test('follows a table that changed back after a run of a person has read it', async () => {
    await database.sql(`
      CREATE TABLE loads AS SELECT 1 AS number;
      CREATE TABLE pupils AS SELECT 'a@example.com' AS email`);
    const { id } = await createOn('there and back', { query: 'SELECT max(number) FROM loads' }, 'public.pupils');
    await bench().waitForJob(id, isDone(1));
    await idle(id);
    const runs = async () => (await bench().service.runs.list({ jobId: id, limit: 20 })).items.length;
    expect(await runs()).toBe(1);

    await database.sql(`UPDATE loads SET number = 2; INSERT INTO pupils VALUES ('b@example.com')`);
    await bench().service.jobs.act(id, 'run_now', aiko);
    await bench().waitForJob(id, isDone(2));
    await database.sql(`UPDATE loads SET number = 1; DELETE FROM pupils WHERE email LIKE 'b%'`);
    later();
    const again = await bench().waitForJob(id, isDone(1));
    expect(again.last_run?.cause?.message).toBe('A run may have read other data than what is there now.');
    await idle(id);
    expect(await runs()).toBe(3);

    // A run that cannot look goes on. The next look makes one run for it, and not one for each.
    await database.sql('ALTER TABLE loads RENAME TO away');
    await bench().service.jobs.act(id, 'run_now', aiko);
    await bench().waitForJob(id, (job) => isDone(1)(job) && job.last_run?.id !== again.last_run?.id);
    await database.sql('ALTER TABLE away RENAME TO loads');
    later(70);
    await expect.poll(runs).toBe(5);
    await bench().waitForJob(id, isDone(1));
    await idle(id);
    expect(await runs()).toBe(5);
  });

  test.each([
    [{ column: 'changed' }, 'configuration.trigger.column', 'has no field "changed"'],
    [{ query: 'SELECT email FROM nobody' }, 'configuration.trigger.query', 'This query is not valid'],
    [{ query: 'DROP TABLE members' }, 'configuration.trigger.query', 'must be a SELECT of one value'],
    [{}, 'configuration.trigger', 'Only BigQuery and Snowflake know'],
  ])('is refused with a wrong trigger: %j', async (trigger, path, message) => {
    await expect(createOn('wrong', trigger)).rejects.toMatchObject({
      fields: [{ path, message: expect.stringContaining(message) }],
    });
  });
});
