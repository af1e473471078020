/** Workers are killed at every point of a run. Another worker continues, and the audience is exact. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { type LyticsSimulator, startLyticsSimulator } from '../../simulators/lytics/index.ts';
import type { Pace } from '../../src/compose/service-pace.ts';
import type { LogEventName } from '../../src/contracts/event-log.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { held, members, sha256 } from '../support/cli.ts';
import { needsPostgres } from '../support/postgres.ts';
import { aiko, aNewJob, SECRET_KEY } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';
import { stopsOf } from '../support/stops.ts';
import { stagedOf, traces } from '../support/traces.ts';
import { startWorker, type WorkerProcess } from '../support/workers.ts';

const CHUNK = 40;
const MEMBERS = 70;
const LYTICS_MEMBERS = 3_000;
/** The process of the test, which is a machine of its own when the others are not `data`. Nobody kills it. */
const HERE = null;
const HOUR = 3_600_000;

describe('workers', needsPostgres, () => {
  test('that are killed between two steps of a run, or before they get an answer, lose, double or mix nothing: not on the same machine, and not on a machine without the chunks', {
    timeout: 180_000,
  }, async () => {
    const accounts = ['K1', 'K2', 'K3', 'K4', 'K5', 'K6', 'K7'];
    const splitting = { S1: 'files', S2: 'counts', S3: 'second part' } as const;
    const bench = await serviceBench({
      role: 'api',
      simulator: manyKeys([...accounts, ...Object.keys(splitting)]),
    });
    const pool = await workers(bench, ['machine-a'], { concurrency: 8 });
    const heard = await listenToJournals(bench);
    const create = async (account: string, audience: Record<string, unknown>) => {
      const { csv, hashes } = members(MEMBERS, `${account.toLowerCase()}-`);
      const { id, last_run } = await createJobOf(bench, account, `${account}.csv`, csv, audience);
      return { id, runId: last_run!.id, hashes };
    };
    const ended = async ({ id }: { id: string }, hashes: readonly string[]) => {
      // On a busy machine new workers take some time to start.
      const job = await bench.waitForJob(id, ({ status }) => status !== 'runnable', 120_000);
      expect(job).toMatchObject({ status: 'sleeping', error: null, last_run: { status: 'succeeded' } });
      expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
      return job.last_run?.id;
    };

    // The answers to a first and to a second chunk. Neither chunk is sent again.
    const createSlow = async (chunk: number) => {
      const slow = { kind: 'slow', when: 'after', endpoint: 'upload', ms: 600_000 } as const;
      const fault = bench.simulator.addFault({ ...slow, nth: chunk });
      const job = await create(accounts[chunk - 1]!, { audience_name: `Audience ${chunk}` });
      await until(
        async () => bench.simulator.inspect().faults.find((entry) => entry.id === fault)?.seen ?? 0,
        (seen) => seen === chunk,
      );
      return job;
    };
    const slow = [await createSlow(1), await createSlow(2)];
    bench.simulator.clearFaults();
    // A replace between its two chunks.
    const audience_id = await existingAudience(bench, 'K3');
    bench.simulator.addFault({ kind: 'job_stuck' });
    const between = await create('K3', { audience_id, audience_name: null });
    await until(
      () => bench.service.runs.get(between.runId),
      ({ progress }) => progress?.stage === 'wait' && progress.chunk === 1,
    );
    // Split runs, which have written their files, divided the scan, or given a part its members, but not the other one.
    const stops = await stopsOf(bench);
    const split: Awaited<ReturnType<typeof createSplit>>[] = [];
    for (const [account, point] of Object.entries(splitting))
      split.push(await stops.at(point, () => createSplit(bench, account)));
    // The moment of the kill: another run is staged. The fault simulation kills between any two steps.
    const isStaged = heard.next('staged');
    const staged = await create('K4', { audience_name: 'Audience 4' });
    await isStaged;
    await pool.killHolderOf(staged.runId);
    expect(pool.kills).toBe(1);
    await stops.release();
    for (const { id } of bench.simulator.inspect().jobs.filter(({ stuck }) => stuck)) {
      await fetch(`${bench.simulator.adminUrl}/jobs/${id}/release`, { method: 'POST' });
    }
    for (const job of [...slow, between, staged]) expect(await ended(job, job.hashes)).toBe(job.runId);
    for (const job of split) await expectParts(bench, job);
    expect(await filesOfParts(bench)).toBe(2 * split.length);
    // A dead worker reports nothing. The worker that finds its run does, and it is counted although no worker has a
    // port.
    await counted(bench, ['run.interrupted', 'run.requeued', 'run.resumed']);

    // On another machine, the run continues if the source is unchanged. If the source has changed, a new run replaces
    // the audience.
    // LINE accepts the creation and its answer is lost. This is the hardest moment, because nobody knows the
    // audience’s id.
    const other = { audience_id: await existingAudience(bench, 'K7'), audience_name: null };
    const before = bench.simulator.inspect().jobs.length;
    bench.simulator.addFault({ kind: 'slow', when: 'after', ms: 600_000, endpoint: 'upload', count: 2 });
    const same = await create('K5', { audience_name: 'Audience 5' });
    const changed = await create('K6', { audience_name: 'Audience 6' });
    await takenByLine(bench, before + 2);
    bench.simulator.clearFaults();
    const fresh = members(MEMBERS, 'changed');
    bench.write('K6.csv', fresh.csv);
    // The moment of the kill: another run has ended, and its job does not know it yet.
    const isEnded = heard.next('ended');
    const concluded = await create('K7', other);
    await isEnded;
    await pool.killHolderOf(same.runId, HERE);
    expect(pool.kills).toBe(2);
    expect(await ended(same, same.hashes)).toBe(same.runId);
    expect(await ended(changed, fresh.hashes)).not.toBe(changed.runId);
    expect(await ended(concluded, concluded.hashes)).toBe(concluded.runId);
    expect(ourAudiences(bench)).toEqual([
      ...['Audience 1', 'Audience 2', 'Audience 4', 'Audience 5', 'Audience 6'],
      ...['Existing K3', 'Existing K7'],
    ]);
    expect(bench.simulator.inspect().violations).toEqual([]);
  });

  test('that are killed or told to end during a scan of Lytics are followed by one that continues it on the same machine, or starts again on another; told to end, they hand over also waiting runs at once', {
    timeout: 180_000,
  }, async () => {
    const lytics = await startLyticsSimulator({ members: LYTICS_MEMBERS, pageMs: 60 });
    onTestFinished(() => lytics.close());
    const bench = await serviceBench({
      role: 'api',
      simulator: { ...manyKeys(['K1', 'K2']), jobMs: HOUR },
    });
    const pool = await workers(bench, ['machine-a'], { chunkRecords: 500 });
    const pages = () => lytics.inspect().requests.filter(({ endpoint }) => endpoint === 'scan');
    /** Each scan stops at this page. By then there is a checkpoint. */
    const stillAt = (nth: number) => {
      const fault = lytics.addFault({ kind: 'slow', ms: 600_000, endpoint: 'scan', nth });
      return async () => {
        await until(
          async () => lytics.inspect().faults.find(({ id }) => id === fault)?.seen ?? 0,
          (seen) => seen >= nth,
          90_000,
        );
        lytics.clearFaults();
      };
    };
    const first = stillAt(22);
    const { id, last_run } = await lyticsJob(bench, lytics);
    const runId = last_run!.id;
    await first();
    // These files are what the kill leaves. Nobody can read members from them.
    const staged = stagedOf(bench, 'machine-a').map(({ path }) => path.split('/').at(-1));
    expect(staged).toEqual(expect.arrayContaining(['checkpoint.json', 'chunk-0001.txt']));
    const some = addressesOf(lytics).filter((_, n) => n % 10 === 0);
    expect(await traces(bench, some, 'machine-a')).toEqual([]);
    const second = stillAt(5);
    await pool.killHolderOf(runId);
    await second();

    const { csv, hashes } = members(MEMBERS);
    const waiting = await createJobOf(bench, 'K2', 'vip.csv', csv, { audience_name: 'Audience' });
    await takenByLine(bench, 1);
    const third = stillAt(5);
    const [worker] = pool.alive();
    worker!.child.kill('SIGTERM');
    expect(await worker!.ended).toBe(0);
    // Nobody but this worker could have done it.
    for (const left of [runId, waiting.last_run!.id]) {
      expect(await bench.service.runs.get(left)).toMatchObject({ status: 'queued' });
    }
    expect((await bench.service.jobs.get(waiting.id)).status).toBe('runnable');
    const lines = worker!
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    const handedOver = lines.filter(({ event }) => event === 'run.handed_over');
    expect(handedOver.find(({ run_id }) => run_id === waiting.last_run!.id)).toMatchObject({
      level: 'info',
      job_id: waiting.id,
      pid: worker!.pid,
      host: hostname(),
    });
    expect(lines.at(-1)).toMatchObject({ event: 'worker.stopped' });
    bench.simulator.advance(HOUR);
    bench.simulator.configure({ jobMs: 60 });
    await pool.start('machine-a');
    const vip = await bench.waitForJob(waiting.id, ({ status }) => status !== 'runnable', 90_000);
    expect(held(bench.simulator, vip.audience_id!)).toEqual(hashes);
    const log = (await bench.service.jobs.transitions(waiting.id, { limit: 9 })).items;
    expect(log.map(({ action }) => action)).toEqual(['run_succeeded', 'run_interrupted', 'create']);

    await third();
    const onThisMachine = pages().length;
    await pool.killHolderOf(runId, HERE);
    const job = await bench.waitForJob(id, ({ status }) => status !== 'runnable', 90_000);
    expect(job).toMatchObject({ error: null, last_run: { id: runId, status: 'succeeded' } });
    const document = await bench.service.runs.document(runId);
    expect(document?.counts).toMatchObject({ rows: LYTICS_MEMBERS, scanned: LYTICS_MEMBERS });
    expect(held(bench.simulator, job.audience_id!)).toEqual(addressesOf(lytics).map(sha256).sort());
    expect(bench.simulator.inspect().violations).toEqual([]);

    const events = (await bench.service.runs.events(runId, { limit: 99 })).items;
    const rows = events.flatMap(({ event }) => (event.type === 'scan_continued' ? [event.rows] : []));
    expect(rows).toEqual([expect.any(Number), expect.any(Number)]);
    expect(rows[0]).toBeGreaterThanOrEqual(100);
    expect(rows[1]).toBeGreaterThanOrEqual(rows[0]!);
    const isBegun = ({ path }: { path: string }) => !path.includes('start=');
    const [here, elsewhere] = [pages().slice(0, onThisMachine), pages().slice(onThisMachine)];
    expect([here.filter(isBegun).length, elsewhere.filter(isBegun).length]).toEqual([1, 1]);
    // The pages read before the kill are not requested again.
    for (const { path } of here.slice(0, rows[0]! / 100)) {
      expect(here.filter((page) => page.path === path)).toHaveLength(1);
    }
  });
});

/** Resolves when the metrics have counted each of them. */
const counted = (bench: ServiceBench, names: readonly LogEventName[]) =>
  until(
    async () => (await bench.service.status.metrics()).events,
    (events) => names.every((name) => (events[name] ?? 0) > 0),
  );

const ourAudiences = ({ simulator }: ServiceBench): string[] =>
  simulator.state
    .audiences()
    .map(({ name }) => name)
    .filter((name) => /^(Audience|Existing)\b/.test(name))
    // The order of the two workers is not fixed.
    .sort();

/** One access key and one ad account for each job, so that the jobs do not wait for each other’s limits at LINE. */
const manyKeys = (accounts: readonly string[]) => ({
  keys: accounts.map((account) => ({
    accessKey: `KEY${account}`,
    secretKey: SECRET_KEY,
    role: 'data_provider' as const,
  })),
  adAccounts: [...accounts],
});

async function createJobOf(
  bench: ServiceBench,
  account: string,
  name: string,
  csv: string,
  audience: Record<string, unknown>,
) {
  const { value: authorization } = await bench.service.authorizations.create(
    {
      provider: 'line_ads',
      method: 'line_ads_api_key',
      label: account,
      description: '',
      configuration: { access_key: `KEY${account}`, secret_key: SECRET_KEY },
    },
    aiko,
  );
  const configuration = { segment_id: bench.write(name, csv), adaccount_id: account, ...audience };
  return bench.createJob(configuration, name, authorization.id);
}

/** A job that fills two audiences. Some members are in neither. */
async function createSplit(bench: ServiceBench, account: string) {
  const shops = ['North', 'South', ''];
  const { csv } = members(MEMBERS, account.toLowerCase());
  const addresses = csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',')[1]!);
  const rows = addresses.map((address, n) => `${address},${shops[n % shops.length]}\n`);
  const { id, last_run } = await createJobOf(bench, account, `${account}.csv`, `email,shop\n${rows.join('')}`, {
    audience_name: null,
    split: { column: 'shop', name_template: `Part of ${account}: {value}` },
  });
  const hashesOf = (shop: string) =>
    addresses
      .filter((_, n) => shops[n % shops.length] === shop)
      .map(sha256)
      .sort();
  return { id, runId: last_run!.id, account, hashes: { North: hashesOf('North'), South: hashesOf('South') } };
}

/** The same run of a split job has given each part exactly its members, and each has made one audience. */
async function expectParts(
  bench: ServiceBench,
  { id, runId, account, hashes }: Awaited<ReturnType<typeof createSplit>>,
) {
  const job = await bench.waitForJob(id, ({ status }) => status !== 'runnable', 120_000);
  expect(job).toMatchObject({
    error: null,
    last_run: { id: runId, status: 'succeeded' },
    parts: { total: 2, missing: 0 },
  });
  const parts = await until(
    async () => (await bench.service.jobs.parts(id, { limit: 9 })).items,
    (found) => found.every(({ last_run }) => last_run?.status === 'succeeded'),
    120_000,
  );
  const filled = parts.map(({ value, audience_id }) => [value, held(bench.simulator, audience_id ?? '')]);
  expect(Object.fromEntries(filled)).toEqual(hashes);
  const made = bench.simulator.state.audiences().filter(({ name }) => name.startsWith(`Part of ${account}:`));
  expect(made).toHaveLength(2);
}

/** How many files of split runs have a key. Nobody can read others. */
async function filesOfParts({ database }: ServiceBench): Promise<number> {
  const files = database.database.db.selectFrom('uploads').select('id').where('deleted_at', 'is', null);
  return (await files.where('split_run', 'is not', null).execute()).length;
}

/** A job on all members of Lytics. */
async function lyticsJob(bench: ServiceBench, { token, origin, segmentId }: LyticsSimulator) {
  const authorize = async (provider: string, method: string, configuration: Record<string, string>) => {
    const input = { provider, method, label: provider, description: '', configuration };
    return (await bench.service.authorizations.create(input, aiko)).value.id;
  };
  const line = await authorize('line_ads', 'line_ads_api_key', {
    access_key: 'KEYK1',
    secret_key: SECRET_KEY,
  });
  const input = {
    ...aNewJob(line, {
      segment_id: segmentId('all_members'),
      adaccount_id: 'K1',
      audience_name: 'From Lytics',
    }),
    source_authorization_id: await authorize('lytics', 'lytics_api_token', { token, origin }),
  };
  return (await bench.service.jobs.create(input, aiko)).value;
}

/** The members that LINE must hold at the end. */
function addressesOf(lytics: LyticsSimulator): string[] {
  const values = [...lytics.members('all_members', 'email')].map(({ email }) => String(email ?? '').trim());
  const addresses = values.filter((value) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value));
  return [...new Set(addresses.map((value) => value.toLowerCase()))];
}

/** An audience with another member, to be replaced. */
async function existingAudience(bench: ServiceBench, account: string): Promise<string> {
  const client = new LineAdsClient({
    accessKey: `KEY${account}`,
    secretKey: SECRET_KEY,
    baseUrl: bench.simulator.url,
  });
  const path = bench.write(`${randomUUID()}.txt`, `${'ab'.repeat(32)}\n`);
  const { id } = await client.customAudiences.upload(account, {
    name: `Existing ${account}`,
    action: 'ADD',
    idType: 'HASHED_EMAIL',
    file: { path, name: 'before.txt' },
  });
  return id;
}

/** Resolves when LINE has this many uploads. */
const takenByLine = ({ simulator }: ServiceBench, uploads: number) =>
  until(
    async () => simulator.inspect().jobs.length,
    (taken) => taken === uploads,
  );

/** One worker for each machine. A killed worker is followed by another. */
async function workers(bench: ServiceBench, machines: readonly string[], change: Partial<Pace> = {}) {
  const pace = { chunkRecords: CHUNK, concurrency: 6, ...change };
  const alive = new Map<number, WorkerProcess>();
  const start = async (machine: string | typeof HERE) => {
    if (machine === HERE) return bench.restart({ role: 'all', pace });
    const worker = await startWorker(bench, pace, machine);
    alive.set(worker.pid, worker);
    void worker.ended.then(() => alive.delete(worker.pid));
  };
  for (const machine of machines) await start(machine);
  let kills = 0;
  return {
    start,
    get kills() {
      return kills;
    },
    alive: () => [...alive.values()],
    /** Kills the process that has the run, if it still has it. */
    killHolderOf: async (
      runId: string,
      next: string | typeof HERE = machines[0]!,
      signal: NodeJS.Signals = 'SIGKILL',
    ) => {
      const row = await bench.database.database.db
        .selectFrom('leases')
        .select('holder')
        .where('name', '=', `run:${runId}`)
        .executeTakeFirst();
      const worker = alive.get(Number(row?.holder.split(' ')[1]));
      if (!worker) return;
      alive.delete(worker.pid);
      worker.child.kill(signal);
      kills += 1;
      await start(next);
    },
  };
}

/** Hears of each event at the moment when it is in a journal. */
async function listenToJournals(bench: ServiceBench) {
  const { connection } = bench.database.database;
  if (connection.kind !== 'postgres') throw new Error('only PostgreSQL notifies other processes');
  const client = new pg.Client({ connectionString: connection.url.reveal() });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query(`
    create function tell_of_event() returns trigger language plpgsql as $$
      begin perform pg_notify('journal', new.event ->> 'type'); return new; end $$;
    create trigger tell_of_event after insert on lineup.run_events for each row execute function tell_of_event();
    listen journal`);
  return {
    /** Resolves at the next event of this type, of whichever run. */
    next: (type: RunEvent['type']) =>
      new Promise<void>((resolve) => {
        client.on('notification', ({ payload }) => {
          if (payload === type) resolve();
        });
      }),
  };
}
