/** A service whose connection to PostgreSQL is half-open: it stops in time, answers, and works again afterwards. */
import { describe, expect, test } from 'vitest';
import type { Cable } from '../support/cable.ts';
import { held, members } from '../support/cli.ts';
import { databasesThroughCable, silenceMs } from '../support/half-open.ts';
import { needsPostgres } from '../support/postgres.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';
import { serving } from '../support/serving.ts';
import { startWorkerHere } from '../support/workers.ts';

const MEMBERS = 200;
const pace = { chunkRecords: 20 };

describe('a service with a half-open connection to PostgreSQL', {
  ...needsPostgres,
  timeout: 120_000,
}, () => {
  const through = () => {
    const { promise, resolve } = Promise.withResolvers<Cable>();
    return { cable: promise, database: databasesThroughCable(resolve) };
  };

  test.each(['requests', 'answers'] as const)(
    'stops its run, and another worker makes the audience exact (%s are lost)',
    async (swallowed) => {
      const line = through();
      const bench = await serviceBench({ database: line.database, pace });
      const cable = await line.cable;
      const { csv, hashes } = members(MEMBERS, 'half-open-');
      const { id, last_run } = await bench.createJob({ segment_id: bench.write('members.csv', csv) });
      await until(
        async () => uploads(bench),
        (count) => count >= 2,
      );
      const before = uploads(bench);
      cable.swallow(swallowed);
      // Each chunk needs an entry in the journal first, so at most the present one is still sent.
      const ended = bench.events;
      await until(
        async () => ended.find(({ event, run_id }) => dropped.has(event) && run_id === last_run?.id),
        Boolean,
      );
      expect(uploads(bench) - before).toBeLessThanOrEqual(1);
      expect(ended.map(({ event }) => event)).toEqual(expect.arrayContaining(['lease.renew_failed', 'lease.lost']));
      await startWorkerHere(bench, pace, 'another-machine');
      // It continues while this service is still cut off.
      const direct = bench.database.database.db;
      await until(
        () => direct.selectFrom('runs').select('status').where('id', '=', last_run!.id).executeTakeFirst(),
        (run) => run?.status === 'succeeded',
      );
      cable.heal();
      const job = await bench.waitForJob(id, ({ status }) => status !== 'runnable');
      expect(job).toMatchObject({ status: 'sleeping', error: null, last_run: { id: last_run?.id } });
      expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
      expect(bench.simulator.inspect().violations).toEqual([]);
    },
  );

  test('answers with 503 in time, is not ready, and works again', async () => {
    const line = through();
    const bench = await serving({ database: line.database });
    const cable = await line.cable;
    const authorization = `Bearer ${await bench.token('viewer')}`;
    const get = async (path: string) => {
      const answer = await fetch(bench.url + path, { headers: { authorization } });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    expect((await get('/ready')).status).toBe(200);
    cable.swallow();
    const [jobs, ready] = await Promise.all([get('/api/v1/jobs'), get('/ready')]);
    expect(jobs).toMatchObject({ status: 503, body: { code: 'database_unreachable', retryable: true } });
    expect(ready).toMatchObject({ status: 503, body: { ready: false } });
    expect((await get('/health')).status).toBe(200);
    // New connections are swallowed, too.
    expect(await get('/api/v1/jobs')).toMatchObject({ status: 503 });
    cable.heal();
    expect((await get('/api/v1/jobs')).status).toBe(200);
    await until(
      () => get('/ready'),
      ({ status }) => status === 200,
      2 * silenceMs,
    );
  });
});

/** How a worker gives up a run: its lease, or an entry in the journal, is lost. */
const dropped = new Set(['run.lease_lost', 'run.dropped']);

const uploads = ({ simulator }: ServiceBench): number => simulator.inspect().jobs.length;
