/** Runs that wait for LINE do not block other runs, survive their process, and ask LINE at a limited rate. */
import { describe, expect, test } from 'vitest';
import { held, members } from '../support/cli.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const HOUR = 3_600_000;
/** No process dies here, so a busy machine gets enough time. */
const leaseMs = 30_000;

/** Jobs whose uploads LINE processes for an hour. */
async function waitingJobs(bench: ServiceBench, count: number) {
  const jobs = [];
  for (let n = 0; n < count; n++) {
    const { csv, hashes } = members(5, `w${n}-`);
    const segment_id = bench.write(`w${n}.csv`, csv);
    const { id } = await bench.createJob({ segment_id, audience_name: `Waiting ${n}` }, `Waiting ${n}`);
    jobs.push({ id, hashes });
  }
  await going(bench, count);
  return jobs;
}

/** Resolves when this many runs wait, and no other is at work. */
const going = (bench: ServiceBench, count: number) =>
  until(
    async () => (await bench.service.status.metrics()).going,
    ({ working, waiting }) => working === 0 && waiting === count,
    120_000,
  );

/** Resolves when the runs have asked LINE this many more times. @returns how many seconds that took */
async function moreLooks({ simulator }: ServiceBench, count: number): Promise<number> {
  const looks = () => simulator.inspect().requests.filter(({ path }) => path.includes('/upload-job')).length;
  const [before, begun] = [looks(), performance.now()];
  await until(
    async () => looks() - before,
    (more) => more >= count,
  );
  return (performance.now() - begun) / 1_000;
}

describe('runs that wait for LINE', () => {
  test('hold no place: other jobs run, and the API answers; at the end of the process they are handed over, and the next takes as many as it may', {
    timeout: 300_000,
  }, async () => {
    const bench = await serviceBench({ simulator: { jobMs: HOUR }, pace: { concurrency: 2, leaseMs } });
    const waiting = await waitingJobs(bench, 4);
    const [run] = (await bench.service.runs.list({ limit: 1 })).items;
    expect((await bench.service.runs.get(run!.id)).progress).toMatchObject({ stage: 'wait', chunk: 1 });

    // All runs together ask LINE three times a second.
    expect(await moreLooks(bench, 8)).toBeGreaterThan(8 / 4);
    await bench.service.customAudiences.list(
      { authorization_id: bench.authorizationId, adaccount_id: 'A1', limit: 10 },
      new AbortController().signal,
    );

    bench.simulator.configure({ jobMs: 60 });
    const { csv, hashes } = members(9);
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', csv) });
    const done = await bench.waitForJob(id, ({ status }) => status !== 'runnable', 120_000);
    expect(done.last_run?.status).toBe('succeeded');
    expect(held(bench.simulator, done.audience_id!)).toEqual(hashes);
    expect((await bench.service.status.metrics()).going).toEqual({ working: 0, waiting: 4 });

    // Waiting runs are handed over at once, however much time the others get. If this waited, the test would never end.
    await bench.running.close(24 * HOUR);
    const { db } = bench.database.database;
    expect(await db.selectFrom('leases').select('name').execute()).toEqual([]);
    const queued = () => db.selectFrom('runs').select('id').where('status', '=', 'queued').execute();
    expect(await queued()).toHaveLength(4);

    // Runs that wait are limited in number, too.
    await bench.restart({ pace: { mostRuns: 2, leaseMs } });
    await going(bench, 2);
    await moreLooks(bench, 3);
    expect(await queued()).toHaveLength(2);
    bench.simulator.advance(HOUR);
    for (const job of waiting) {
      const ended = await bench.waitForJob(job.id, ({ status }) => status !== 'runnable', 120_000);
      expect(ended.last_run?.status).toBe('succeeded');
      expect(held(bench.simulator, ended.audience_id!)).toEqual(job.hashes);
    }
    expect(bench.simulator.inspect().violations).toEqual([]);
    expect(bench.errors).toEqual([]);
  });
});
