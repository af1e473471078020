/** What operators see of the worker, the scheduler, leases and the recovery: log lines and their counts. */
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { LogEventName } from '../../src/contracts/event-log.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { statusUseCases } from '../../src/use-cases/status.ts';
import { members } from '../support/cli.ts';
import { mainDatabase } from '../support/databases.ts';
import { aiko } from '../support/service.ts';
import { type LoggedEvent, type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const HOUR = 3_600_000;

const namesOf = (events: readonly LoggedEvent[]): LogEventName[] => events.map(({ event }) => event);

const aboutRun = ({ events }: ServiceBench, runId: string): LoggedEvent[] =>
  events.filter(({ run_id }) => run_id === runId);

/** Resolves when the events are logged, in this order, with others between them. */
const logged = (bench: ServiceBench, runId: string, wanted: readonly LogEventName[]) =>
  until(
    async () => namesOf(aboutRun(bench, runId)),
    (names) => {
      let at = 0;
      for (const name of names) if (name === wanted[at]) at += 1;
      return at === wanted.length;
    },
  );

/** A job without a schedule. */
const ONCE = { continuous_update: false, run_frequency: null, time_of_day: null, timezone: null };

/** Resolves when the metrics have counted it this often, or more. */
const counted = (bench: ServiceBench, event: LogEventName, times = 1) =>
  until(
    async () => (await bench.service.status.metrics()).events[event] ?? 0,
    (count) => count >= times,
  );

/** Another process has the lease, according to the database, until `giveUp`. */
async function takeAway({ database }: ServiceBench, lease: string) {
  const { db } = database.database;
  await sql`update lineup.leases set holder = 'somebody else', token = nextval('lineup.lease_tokens'),
    expires_at = clock_timestamp() + interval '1 hour' where name = ${lease}`.execute(db);
  return {
    giveUp: () => sql`update lineup.leases set expires_at = clock_timestamp() where name = ${lease}`.execute(db),
  };
}

describe('the log of the service', () => {
  test('has a run’s events, with counts, without a name or a value', async () => {
    const bench = await serviceBench();
    const { csv } = members(30);
    const source = bench.write('gold-members.csv', csv);
    const job = await bench.createJob({ segment_id: source });
    const runId = job.last_run!.id;
    await bench.waitForJob(job.id, ({ status }) => status === 'sleeping');
    const stages = ['run.stage_begun', 'run.upload_polled', 'run.stage_ended'] as const;
    await logged(bench, runId, ['run.queued', 'run.started', ...stages, 'run.ended', 'job.acted']);
    const ids = { run_id: runId, job_id: job.id };
    const lines = aboutRun(bench, runId);
    expect(lines.find(({ event }) => event === 'run.ended')).toEqual({
      event: 'run.ended',
      ...ids,
      status: 'succeeded',
      code: null,
      duration_ms: expect.any(Number),
      scanned: 30,
      members: 30,
      uploaded: 30,
      chunks: 1,
    });
    expect(lines.find(({ action }) => action === 'run_succeeded')).toMatchObject({
      event: 'job.acted',
      ...{ actor_id: 'system', from: 'runnable', to: 'sleeping', ...ids },
    });
    expect(namesOf(bench.events)).toEqual(
      expect.arrayContaining(['worker.started', 'scheduler.lease_taken', 'chore.done']),
    );
    for (const name of ['run.queued', 'run.started', 'run.ended'] as const) {
      expect(await counted(bench, name)).toBe(1);
    }

    // Without a schedule, nothing runs it again, so a person must look at it.
    const once = await bench.createJob({ segment_id: source, audience_name: 'Once', ...ONCE }, 'Once');
    await bench.waitForJob(once.id, ({ status }) => status === 'completed');
    bench.write('gold-members.csv', 'something_else\n1\n');
    await bench.service.jobs.act(once.id, 'run_now', aiko);
    await counted(bench, 'job.failed');
    const code = 'field_not_found';
    expect(bench.events.findLast(({ event }) => event === 'run.ended')).toMatchObject({
      status: 'failed',
      code,
      job_id: once.id,
    });
    expect(bench.events.find(({ event }) => event === 'job.failed')).toMatchObject({ code, job_id: once.id });
    const written = JSON.stringify(bench.events);
    for (const trace of ['gold-members', 'VIP', '@example.com', 'Aiko']) expect(written).not.toContain(trace);
  });

  test('reports a worker that lost its run, the recovery, and the worker that continues', async () => {
    const bench = await serviceBench({ simulator: { jobMs: HOUR } });
    const job = await bench.createJob({ segment_id: bench.write('vip.csv', members(30).csv) });
    const runId = job.last_run!.id;
    await logged(bench, runId, ['run.started', 'run.waiting']);
    const other = await takeAway(bench, `run:${runId}`);
    await logged(bench, runId, ['run.lease_lost']);
    await other.giveUp();
    await logged(bench, runId, ['run.lease_lost', 'run.interrupted', 'run.requeued']);
    // It may be taken before the other has said that it is queued again.
    await logged(bench, runId, ['run.interrupted', 'run.resumed']);
    for (const name of ['run.lease_lost', 'run.interrupted', 'run.requeued'] as const) {
      expect(await counted(bench, name)).toBeGreaterThan(0);
    }
    bench.simulator.advance(HOUR);
    bench.simulator.configure({ jobMs: 60 });
    await logged(bench, runId, ['run.resumed', 'run.ended']);
  });

  test('reports when the scheduler moves to another process', async () => {
    const bench = await serviceBench();
    await counted(bench, 'scheduler.lease_taken');
    const other = await takeAway(bench, 'scheduler');
    await counted(bench, 'scheduler.lease_lost');
    expect(bench.events).toContainEqual({ event: 'lease.lost', lease: 'scheduler' });
    await other.giveUp();
    await counted(bench, 'scheduler.lease_taken', 2);
    const scheduler = namesOf(bench.events).filter((name) => name.startsWith('scheduler.'));
    expect(scheduler.slice(0, 3)).toEqual(['scheduler.lease_taken', 'scheduler.lease_lost', 'scheduler.lease_taken']);
  });

  test('reports a chore that fails: a directory that cannot be read is not a missing one', async () => {
    const bench = await serviceBench({ uploads: { directory: import.meta.filename } });
    const failed = await until(
      async () => bench.events.find(({ event, chore }) => event === 'chore.failed' && chore === 'upload-files'),
      (line) => line !== undefined,
    );
    expect(failed).toMatchObject({ err: { code: 'ENOTDIR' }, duration_ms: expect.any(Number) });
    await bench.restart({ uploads: { directory: join(bench.directory, 'none-yet') } });
    const before = bench.events.length;
    await until(
      async () => bench.events.slice(before).find(({ chore }) => chore === 'upload-files'),
      (line) => line?.event === 'chore.done',
    );
  });

  test('reports once that the service is not ready, however often it is asked', async () => {
    const opened = await mainDatabase.migrated();
    const events: LoggedEvent[] = [];
    let away = true;
    const queue = {
      depth: async () => {
        if (away) throw new Error('the queue is away');
        return 0;
      },
      oldestSeconds: async () => 0,
    };
    const log = { record: (event: LogEventName, fields = {}) => void events.push({ event, ...fields }) };
    const deps = { db: opened.database.db, log, now: () => new Date(), sleep: systemClock.sleep };
    const status = statusUseCases(deps, queue, { look: async () => {}, outdated: undefined });
    for (let n = 0; n < 3; n += 1) expect((await status.ready()).map(({ ok }) => ok)).toEqual([true, false, true]);
    away = false;
    expect((await status.ready()).map(({ ok }) => ok)).toEqual([true, true, true]);
    await opened.drop();
    expect(events).toMatchObject([
      { event: 'service.not_ready', check: 'queue', err: new Error('the queue is away') },
      { event: 'service.ready', check: 'queue' },
    ]);
  });
});
