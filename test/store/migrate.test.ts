import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { DomainEvent } from '../../src/contracts/domain-events.ts';
import { job } from '../../src/contracts/jobs.ts';
import { assertHeld, leaseTable } from '../../src/store/coordination/lease-table.ts';
import { Queue } from '../../src/store/coordination/queue.ts';
import type { Database } from '../../src/store/database/database.ts';
import { migrate, outdatedFor, readMigrations, stateOfMigrations } from '../../src/store/database/migrate.ts';
import { describeJob, getJob } from '../../src/store/repositories/jobs.ts';
import { putIntoOutbox } from '../../src/store/repositories/outbox.ts';
import { readSettings } from '../../src/use-cases/settings.ts';
import { databases, mainDatabase, type TestDatabase, type TestDatabases } from '../support/databases.ts';
import { putIntoQueue } from '../support/older-queue.ts';
import { needsPostgres } from '../support/postgres.ts';
import { aNewJob } from '../support/service.ts';

const tables = async ({ db }: Database): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'lineup' order by 1`.execute(db);
  return rows.map((row) => row.name);
};

/** One database without a table for the enclosing `describe`. Each test begins with what the first found. */
function useEmpty(kind: TestDatabases): () => TestDatabase {
  let opened: TestDatabase | undefined;
  const current = (): TestDatabase => {
    if (!opened) throw new Error('the database opens in beforeAll');
    return opened;
  };
  beforeAll(async () => {
    opened = await kind.empty();
  });
  beforeEach(async () => {
    for (const schema of ['lineup', 'lineup_queue']) {
      await sql`drop schema if exists ${sql.id(schema)} cascade`.execute(current().database.db);
    }
  });
  afterAll(() => opened?.drop());
  return current;
}

describe.each(databases)('migrate on $kind', (kind) => {
  const current = useEmpty(kind);

  test('creates all tables in an empty database, and then has nothing to do', async () => {
    const { database } = current();
    const all = await readMigrations();
    expect(await migrate(database)).toEqual(all.map(({ name }) => name));
    expect(await tables(database)).toContain('runs');
    expect(await migrate(database)).toEqual([]);
  });

  test('applies only new migrations, and refuses a newer database or one of another build', async () => {
    const { database } = current();
    const [first, two] = [
      { number: 1, name: '0001-one', sql: 'create table lineup.one (a int)' },
      { number: 2, name: '0002-two', sql: 'create table lineup.two (a int)' },
    ];
    await migrate(database, [first]);
    expect(await migrate(database, [first, two])).toEqual(['0002-two']);
    await expect(migrate(database, [first])).rejects.toMatchObject({
      code: 'database_newer',
      message: expect.stringContaining('newer version of Lineup'),
    });
    await expect(
      migrate(database, [{ ...first, sql: 'create table lineup.other (a int)' }, two]),
    ).rejects.toMatchObject({
      code: 'storage_failed',
    });
  });

  test('accepts newer tables that this version may work on, and no other ones', async () => {
    const { database } = current();
    const all = await readMigrations();
    const next = (number: number, oldest?: number) => ({
      number,
      name: `${number}-next`,
      sql: `create table lineup.next_${number} (a int)`,
      oldest,
    });
    const count = all.length;
    await migrate(database, [...all, next(count + 1)]);
    expect(await migrate(database, all)).toEqual([]);
    expect(await stateOfMigrations(database.db, all)).toEqual({ applied: count + 1, known: count });
    expect(await outdatedFor(database.db, count)).toBeUndefined();
    // Of another build.
    const other = all.with(count - 1, { ...all[count - 1]!, sql: 'select 1' });
    await expect(migrate(database, other)).rejects.toMatchObject({ code: 'storage_failed' });

    await migrate(database, [...all, next(count + 1), next(count + 2, count + 1)]);
    await expect(migrate(database, all)).rejects.toMatchObject({ code: 'database_newer' });
    await expect(stateOfMigrations(database.db, all)).rejects.toMatchObject({ code: 'database_newer' });
    expect(await outdatedFor(database.db, count)).toMatchObject({ code: 'database_newer' });
    expect(await migrate(database, [...all, next(count + 1)])).toEqual([]);
  });

  test('gives a version that is too old no lease, and renews none', async () => {
    const { database } = current();
    const all = await readMigrations();
    await migrate(database, all);
    const leases = leaseTable(database.db, all.length);
    const token = await leases.take('run:1', 'this version', 60_000);
    expect(await leases.renew([token!], 'this version', 60_000)).toEqual([token]);
    // A version before the first bound does not know the column.
    const unaware = sql`insert into lineup.leases (name, holder, token, acquired_at, expires_at)
      values ('run:2', 'an old version', 7, now(), now() + interval '1 minute')`;
    expect((await unaware.execute(database.db)).numAffectedRows).toBe(0n);
    const number = all.length + 1;
    await migrate(database, [...all, { number, name: 'next', sql: 'select 1', oldest: number }]);
    expect(await leases.renew([token!], 'this version', 60_000)).toEqual([]);
    expect(await leases.take('run:3', 'this version', 60_000)).toBeUndefined();
    const held = { name: 'run:1', token: token! };
    const write = database.db.transaction().execute((tx) => assertHeld(tx, held));
    await expect(write).rejects.toMatchObject({ code: 'run_taken_over' });
    // Its process may not have noticed yet, so nobody else has the run before the lease expires.
    await leases.delete([token!]);
    const next = leaseTable(database.db, number);
    expect(await next.take('run:1', 'the next version', 60_000)).toBeUndefined();
    expect(await next.take('run:4', 'the next version', 60_000)).toBeGreaterThan(0);
  });

  test('leaves nothing of a failed migration, and the database stays usable', async () => {
    const { database } = current();
    const broken = [
      { number: 1, name: '0001-good', sql: 'create table lineup.good (a int)' },
      { number: 2, name: '0002-bad', sql: 'create table lineup.bad (a int); select 1/0' },
    ];
    await expect(migrate(database, broken)).rejects.toThrow('division by zero');
    expect(await tables(database)).toEqual(['good', 'migrations']);
    const mended = [broken[0]!, { ...broken[1]!, sql: 'create table lineup.bad (a int)' }];
    expect(await migrate(database, mended)).toEqual(['0002-bad']);
  });
});

test('gives no lease to a version that is too old while its tables are updated', needsPostgres, async () => {
  const { database, drop } = await mainDatabase.empty();
  onTestFinished(drop);
  const { db } = database;
  const all = await readMigrations();
  await migrate(database, all);
  const number = all.length + 1;
  const reads = Promise.withResolvers<void>();
  const isRead = Promise.withResolvers<void>();
  const reader = db.transaction().execute(async (tx) => {
    await sql`select from lineup.jobs`.execute(tx);
    isRead.resolve();
    await reads.promise;
  });
  await isRead.promise;
  // The migration waits for the reader.
  const next = {
    number,
    name: 'next',
    sql: 'lock table lineup.jobs in access exclusive mode',
    oldest: number,
  };
  const migrated = migrate(database, [...all, next]);
  const waiting = async (relation: string) => {
    const { rows } = await sql`select from pg_locks where relation = ${relation}::regclass and not granted`.execute(db);
    return rows.length;
  };
  await expect.poll(() => waiting('lineup.jobs')).toBe(1);
  const token = leaseTable(db, all.length).take('run:1', 'this version', 60_000);
  await expect.poll(() => waiting('lineup.leases')).toBe(1);
  reads.resolve();
  await Promise.all([reader, migrated]);
  expect(await token).toBeUndefined();
});

// The statements are those of PostgreSQL in both kinds, so what they do with rows is shown on one.
describe.each([mainDatabase])('rows, migrated on $kind', (kind) => {
  const current = useEmpty(kind);

  test('adds to existing tokens who created them, from the audit log', async () => {
    const { database } = current();
    const all = await readMigrations();
    await migrate(database, all.slice(0, 7));
    for (const id of ['tok_1', 'tok_2']) {
      await sql`insert into lineup.api_tokens (id, name, role, token_hash, hint, created_by, created_at)
        values (${id}, 'CI', 'editor', ${id}, 'abcd', 'Aiko Tanaka', now())`.execute(database.db);
    }
    await sql`insert into lineup.audit_log (at, actor_id, actor, action, subject_type, subject_id)
      values (now(), 'user-1', 'Aiko Tanaka', 'api_token.create', 'api_token', 'tok_1')`.execute(database.db);
    await migrate(database, all);
    const { rows } = await sql`select id, maker_id from lineup.api_tokens order by id`.execute(database.db);
    expect(rows).toEqual([
      { id: 'tok_1', maker_id: 'user-1' },
      { id: 'tok_2', maker_id: null },
    ]);
  });

  test('adds to existing jobs their condition and next slot, and to runs what LINE holds', async () => {
    const { database } = current();
    const { db } = database;
    const all = await readMigrations();
    await migrate(
      database,
      all.filter(({ name }) => name < '0013'),
    );
    await sql`insert into lineup.secret_keys values ('k', 'c', now())`.execute(db);
    await sql`insert into lineup.authorizations
      (id, provider, method, label, configuration, key_id, created_by, created_at, updated_by, updated_at)
      values ('a', 'line_ads', 'm', 'l', 's', 'k', 'x', now(), 'x', now())`.execute(db);
    const [past, coming] = ['2026-03-02T00:00:00Z', '2096-03-02T00:00:00Z'];
    const add = (id: string, status: string, slot: string, errors: number, code: string | null) =>
      sql`insert into lineup.jobs (id, type, name, authorization_id, configuration, status, sleep_until, slot,
        error_count, errors_since, error, created_by, created_at, updated_by, updated_at)
        values (${id}, 't', ${id}, 'a', '{}', ${status}, case when ${status} = 'sleeping' then now() end,
          ${slot}::timestamptz, ${errors}::int, case when ${errors}::int > 0 then now() end,
          ${code === null ? null : JSON.stringify({ code })}::jsonb, 'x', now(), 'x', now())`.execute(db);
    await add('sleeping', 'sleeping', coming, 0, null);
    await add('retrying', 'sleeping', past, 2, 'line_unreachable');
    await add('paused', 'paused', coming, 0, null);
    await add('passed', 'paused', past, 0, null);
    await add('shrunken', 'failed', past, 1, 'audience_shrinks');
    await add('refused', 'failed', past, 1, 'line_unauthorized');
    const run = (id: string, job: string, status: string, uploaded: number) =>
      sql`insert into lineup.runs (id, job_id, job_name, trigger, slot, status, queued_at, last_write_at, uploaded, unique_count, chunks)
        values (${id}, ${job}, 'x', 'schedule', ${past}::timestamptz, ${status}, now(), now(), ${uploaded}::bigint, 9, 2)`.execute(
        db,
      );
    await run('r1', 'retrying', 'failed', 5);
    await run('r2', 'refused', 'succeeded', 9);
    await run('r3', 'shrunken', 'stopped', 0);
    await run('r4', 'sleeping', 'failed', 9);
    const entry = (seq: number, event: object) =>
      sql`insert into lineup.run_events values ('r4', ${seq}::int, ${JSON.stringify(event)}::jsonb)`.execute(db);
    await entry(1, { type: 'job', chunk: 1, jobStatus: 'FINISHED' });
    await entry(2, { type: 'job', chunk: 2, jobStatus: 'FINISHED' });
    await sql`insert into lineup.run_events values ('r3', 1, '{"type": "intent", "chunk": 1}')`.execute(db);
    await migrate(database, all);
    const seen = await sql`select id, condition, slot is null as unknown from lineup.jobs order by id`.execute(db);
    expect(seen.rows).toEqual([
      { id: 'passed', condition: 'paused', unknown: false },
      { id: 'paused', condition: 'paused', unknown: false },
      { id: 'refused', condition: 'failed', unknown: true },
      { id: 'retrying', condition: 'retrying', unknown: true },
      { id: 'shrunken', condition: 'needs_approval', unknown: true },
      { id: 'sleeping', condition: 'scheduled', unknown: false },
    ]);
    const held = await sql`select id, at_line, forbidden from lineup.runs order by id`.execute(db);
    expect(held.rows).toEqual([
      { id: 'r1', at_line: 'part', forbidden: false },
      { id: 'r2', at_line: 'whole', forbidden: false },
      { id: 'r3', at_line: 'part', forbidden: true },
      { id: 'r4', at_line: 'whole', forbidden: false },
    ]);
  });

  test('keeps for existing runs whether they may continue, and past which guard', async () => {
    const { database } = current();
    const { db } = database;
    const all = await readMigrations();
    await migrate(
      database,
      all.filter(({ name }) => name < '0018'),
    );
    const add = (id: string, error: object | null) =>
      sql`insert into lineup.runs (id, job_name, trigger, status, queued_at, error)
        values (${id}, 'x', 'schedule', 'failed', now(), ${error && JSON.stringify(error)}::jsonb)`.execute(db);
    await add('none', null);
    await add('over', { code: 'nothing_to_send', resume: null });
    await add('goes-on', { code: 'line_unreachable', resume: 'lineup jobs resume job_1' });
    await add('guard', { code: 'audience_shrinks', resume: 'lineup jobs resume job_1 --max-shrink 0.9' });
    await migrate(database, all);
    const runs = await sql`select id, error from lineup.runs order by id`.execute(db);
    expect(runs.rows).toEqual([
      { id: 'goes-on', error: { code: 'line_unreachable', resumable: true, allowShrinkTo: null } },
      { id: 'guard', error: { code: 'audience_shrinks', resumable: true, allowShrinkTo: 0.9 } },
      { id: 'none', error: null },
      { id: 'over', error: { code: 'nothing_to_send', resumable: false, allowShrinkTo: null } },
    ]);
  });

  test('lets jobs without newer options be read as all others', async () => {
    const { database } = current();
    const { db } = database;
    const all = await readMigrations();
    await migrate(
      database,
      all.filter(({ name }) => name < '0019'),
    );
    await sql`insert into lineup.secret_keys values ('k', 'c', now())`.execute(db);
    await sql`insert into lineup.authorizations (id, provider, method, label, configuration, key_id, created_by, created_at, updated_by, updated_at)
      values ('a', 'line_ads', 'm', 'l', 's', 'k', 'x', now(), 'x', now())`.execute(db);
    const {
      cron_expressions: _,
      hold_out: __,
      suppression_lists: ___,
      hash_in_database: ____,
      ...older
    } = aNewJob('a').configuration;
    await sql`insert into lineup.jobs (id, type, name, authorization_id, configuration, status, condition, created_by, created_at, updated_by, updated_at)
      values ('j', 'line_ads_audience_export', 'j', 'a', ${JSON.stringify(older)}::jsonb, 'paused', 'paused', 'x', now(), 'x', now())`.execute(
      db,
    );
    await migrate(database, all);
    const { configuration } = describeJob(await getJob(db, 'j'));
    // As the API sends it.
    expect(z.encode(job.shape.configuration, configuration)).toEqual({
      ...older,
      cron_expressions: null,
      hold_out: null,
      suppression_lists: [],
      hash_in_database: false,
    });
  });
});

describe.each([mainDatabase])('events of an older queue, migrated on $kind', (kind) => {
  const current = useEmpty(kind);

  const event = (runId: string | null, type: 'job_failed' | 'job_recovered' = 'job_recovered'): DomainEvent => ({
    ...{ at: '2026-03-02T00:00:00.000Z', jobId: 'job_1', jobName: 'VIP', runId },
    ...(type === 'job_failed' ? { type, error: { code: 'source_failed', message: 'x', reason: null } } : { type }),
  });

  test('go once into the outbox of each channel that wants them, and the queue is removed', async () => {
    const { database } = current();
    const { db } = database;
    const all = await readMigrations();
    await migrate(
      database,
      all.filter(({ name }) => name < '0017'),
    );
    await sql`insert into lineup.secret_keys values ('k', 'c', now())`.execute(db);
    for (const [id, events] of [
      ['a', ['job_failed', 'job_recovered']],
      ['b', ['job_recovered']],
    ] as const) {
      await sql`insert into lineup.notification_channels
        (id, kind, label, target, events, configuration, key_id, created_by, created_at)
        values (${id}, 'slack', ${id}, 'x', ${JSON.stringify(events)}::jsonb, 's', 'k', 'x', now())`.execute(db);
    }
    const onError = (error: unknown) => {
      throw error;
    };
    await (await Queue.open({ database, onError })).close();
    await putIntoQueue(db, [event('run_done')], 'completed');
    await putIntoQueue(db, [event('run_1', 'job_failed')], 'active');
    await putIntoQueue(db, [event('run_2')], 'retry');
    await putIntoQueue(db, [event(null)]);
    // An event that its handler had already stored, and would have delivered again.
    await sql`insert into lineup.notifications (channel_id, event_key, event, due_at, created_at, status)
      values ('a', 'job_recovered job_1 run_2 2026-03-02T00:00:00.000Z', '{}', now(), now(), 'sent')`.execute(db);

    await migrate(database, all);
    const rows = await db.selectFrom('notifications').selectAll().where('status', '=', 'waiting').execute();
    const inShort = rows.map((row) => {
      const recovered = row.event as Extract<DomainEvent, { type: 'job_recovered' }>;
      return `${row.channel_id} ${recovered.type} ${recovered.runId}`;
    });
    expect(inShort.sort()).toEqual([
      'a job_failed run_1',
      'a job_recovered null',
      'b job_recovered null',
      'b job_recovered run_2',
    ]);
    expect(rows.map((row) => row.event)).toContainEqual(event('run_1', 'job_failed'));
    // The same key as for an event that this version records.
    for (const again of [event(null), event('run_2')]) {
      expect(await db.transaction().execute((tx) => putIntoOutbox(tx, again, new Date()))).toBe(0);
    }
    const { rows: queues } = await sql<{ name: string }>`select name from lineup_queue.queue`.execute(db);
    expect(queues.map(({ name }) => name)).not.toContain('domain-events');
    await (await Queue.open({ database, onError })).close();
  });
});

describe.each([mainDatabase])('internal hosts, migrated on $kind', (kind) => {
  const current = useEmpty(kind);

  const migrated = async (values: Record<string, unknown>) => {
    const { database } = current();
    const all = await readMigrations();
    await migrate(
      database,
      all.filter(({ name }) => name < '0008'),
    );
    for (const [key, value] of Object.entries(values)) {
      await sql`insert into lineup.settings values (${key}, ${JSON.stringify(value)}::jsonb, null, 'test', now())`.execute(
        database.db,
      );
    }
    await migrate(database);
    return readSettings(database.db);
  };

  test('the lists of notifications and URLs become one list', async () => {
    const settings = await migrated({
      notifications: {
        internal_hosts: ['smtp.corp.example', 'mail.corp.de', 'localhost', '10.0.0.7', '[::1]', 'fd00::7'].concat([
          'not a host',
          '999.1.1.1',
          '1.2.3',
          'a:b:c',
          '1:2:3',
          'x:y',
          '::1::2',
          '0x7f',
        ]),
      },
      files: {
        roots: ['/srv/exports'],
        url_roots: [
          { url: 'https://files.example.com/exports/', internal: false },
          { url: 'http://nas.corp.example:8080/crm/', internal: true },
          { url: 'http://nas.corp.example/', internal: true },
          { url: 'https://[fd00::9]/', internal: true },
        ],
      },
    });
    expect([...settings.network.internal_hosts].sort()).toEqual(
      [
        ...['smtp.corp.example', 'mail.corp.de', 'localhost', '10.0.0.7', '[::1]', 'fd00::7'],
        ...['nas.corp.example:8080', 'nas.corp.example:80', '[fd00::9]:443'],
      ].sort(),
    );
    expect(settings.files).toEqual({
      roots: ['/srv/exports'],
      url_roots: [
        { url: 'https://files.example.com/exports/' },
        { url: 'http://nas.corp.example:8080/crm/' },
        { url: 'http://nas.corp.example/' },
        { url: 'https://[fd00::9]/' },
      ],
    });
  });

  test('an installation without hosts has an empty list', async () => {
    const settings = await migrated({ files: { roots: ['/srv'] } });
    expect(settings.network.internal_hosts).toEqual([]);
    expect(settings.files).toEqual({ roots: ['/srv'], url_roots: [] });
  });
});

describe.each(databases.filter(({ kind }) => kind === 'PostgreSQL'))(
  'migrate by several processes on $kind',
  (kind) => {
    test('that start at once do each step once, and all succeed', async () => {
      const { database, another, drop } = await kind.empty();
      const processes = [database, await another(), await another(), await another()];
      const applied = await Promise.all(processes.map((child) => migrate(child)));
      expect(applied.flat().sort()).toEqual((await readMigrations()).map(({ name }) => name));
      await drop();
    });
  },
);
