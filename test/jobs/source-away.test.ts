/** A schedule whose table dbt drops and makes anew: the job lives on, and the live audience keeps its members. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { held, members } from '../support/cli.ts';
import { needsPostgres } from '../support/postgres.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { serviceBench, until } from '../support/service-bench.ts';

const MINUTE = 60_000;

/** A service, and a user of a database that may only read what is granted. */
async function withDatabase() {
  const bench = await serviceBench({ pace: { retryLimitMs: 5 * MINUTE } });
  const { connection } = bench.database.database;
  if (connection.kind !== 'postgres') throw new Error('expected a server');
  const url = new URL(connection.url.reveal());
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const reader = `reader_${randomBytes(6).toString('hex')}`;
  await client.query(`create role ${reader} login; create schema crm; grant usage on schema crm to ${reader}`);
  onTestFinished(async () => {
    await client.query(`drop owned by ${reader}; drop role ${reader}`);
    await client.end();
  });
  const internal_hosts = [url.searchParams.get('host') ?? ''];
  await bench.service.settings.write('network', { internal_hosts }, aiko);
  url.username = reader;
  const { value } = await bench.service.authorizations.create(
    {
      provider: 'postgresql',
      method: 'postgresql_connection_url',
      label: 'CRM',
      description: '',
      configuration: { connection_url: url.href },
    },
    aiko,
  );
  return { bench, source: value.id, reader, sql: (text: string) => client.query(text) };
}

describe('a schedule', needsPostgres, () => {
  test('outlives a table that is away for a day, and then a lost grant', async () => {
    const { bench, source, reader, sql } = await withDatabase();
    const build = (size: number) =>
      sql(`create table crm.members as
        select 'member' || n || '@example.com' as email from generate_series(1, ${size}) as n`);
    const grant = () => sql(`grant select on crm.members to ${reader}`);
    await build(40);
    await grant();
    const made = { ...aNewJob(bench.authorizationId, { segment_id: 'crm.members' }), name: 'VIP' };
    const { value: created } = await bench.service.jobs.create({ ...made, source_authorization_id: source }, aiko);
    const { id } = created;
    /** The next run, to its end. */
    const after = (last: JobView, at: Date) => {
      bench.clock.set(at);
      return bench.waitForJob(
        id,
        (job) => job.status !== 'runnable' && job.last_run?.ended_at !== null && job.last_run?.id !== last.last_run?.id,
      );
    };
    const first = await bench.waitForJob(id, ({ status }) => status !== 'runnable');
    const audience = () => held(bench.simulator, first.audience_id!);
    expect(audience()).toHaveLength(40);

    await sql('drop table crm.members');
    let job = await after(first, new Date(first.next_run_at!));
    const tries: number[] = [];
    while (job.condition === 'retrying') {
      expect(job.error).toMatchObject({ code: 'source_not_found' });
      tries.push(job.error_count);
      job = await after(job, new Date(job.next_run_at!));
    }
    expect(tries).toEqual([1, 2, 3]);
    // It has tried long enough, and waits for its next slot: a day after the one that it missed.
    const slot = new Date(Date.parse(first.next_run_at!) + 24 * 60 * MINUTE).toISOString();
    expect(job).toMatchObject({
      status: 'sleeping',
      condition: 'waiting',
      waits_for: null,
      next_run_at: slot,
      error: { code: 'source_not_found' },
    });
    expect(audience()).toHaveLength(40);

    // The table is there again, but not yet its grant.
    await build(50);
    const refused = await after(job, new Date(slot));
    expect(refused).toMatchObject({
      condition: 'waiting',
      waits_for: 'key',
      error: { code: 'source_unauthorized', reason: '42501' },
      last_run: { trigger: 'schedule', slot },
    });
    expect(audience()).toHaveLength(40);

    await grant();
    // The same run goes on.
    bench.clock.set(new Date(refused.next_run_at!));
    const done = await bench.waitForJob(id, ({ condition }) => condition === 'scheduled');
    expect(done).toMatchObject({ error: null, last_run: { id: refused.last_run?.id, status: 'succeeded' } });
    expect(audience()).toHaveLength(50);
    await until(
      async () => (await bench.published()).map(({ type }) => type),
      (types) => types.includes('job_recovered'),
    );
    expect(
      (await bench.published()).flatMap((event) => ('error' in event ? [[event.type, event.error.code]] : [])),
    ).toEqual([
      ['job_waiting', 'source_not_found'],
      ['job_waiting', 'source_unauthorized'],
    ]);
  });

  test('ends with a query that is none, and says what a person must change', async () => {
    const { bench, source, reader, sql } = await withDatabase();
    await sql('create table crm.members (email text)');
    await sql(`insert into crm.members values ('${members(1).csv.split('\n')[1]}'), ('b@example.com')`);
    await sql(`create function crm.valid(text) returns bool language sql immutable as 'select true'`);
    await sql(`grant select on crm.members to ${reader}`);
    const segment_id = 'SELECT email FROM crm.members WHERE crm.valid(email)';
    const { value: job } = await bench.service.jobs.create(
      { ...aNewJob(bench.authorizationId, { segment_id }), source_authorization_id: source },
      aiko,
    );
    const first = await bench.waitForJob(job.id, ({ status }) => status !== 'runnable');
    expect(first).toMatchObject({ status: 'sleeping', error: null });
    await sql('drop function crm.valid');
    bench.clock.set(new Date(first.next_run_at!));
    const failed = await bench.waitForJob(job.id, ({ status }) => status === 'failed');
    expect(failed.error).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('line 1, column 37, at "crm.valid": there is no such function'),
    });
  });
});
