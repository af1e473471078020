/** Many jobs of one ad account, on workers that share only the database. */
import { describe, expect, test } from 'vitest';
import { held, members } from '../support/cli.ts';
import { needsPostgres } from '../support/postgres.ts';
import { serviceBench } from '../support/service-bench.ts';
import { startWorker } from '../support/workers.ts';

const JOBS = 6;

describe('two workers', needsPostgres, () => {
  test('run many jobs of one ad account within LINE’s limits', { timeout: 420_000 }, async () => {
    // Measured at the simulator, to the millisecond, because requests that leave in time may still arrive in bunches.
    const bench = await serviceBench({ role: 'api', simulator: { rateToleranceMs: 0, jobMs: 2_000 } });
    const jobs = [];
    for (let n = 0; n < JOBS; n++) {
      // The audiences exist, so every run replaces one. LINE accepts three replaces at once.
      const audience_id = bench.simulator.addAudience({ name: `Existing ${n}`, members: 1 });
      const { csv, hashes } = members(5, `j${n}-`);
      const segment_id = bench.write(`j${n}.csv`, csv);
      const { id } = await bench.createJob({ segment_id, audience_id, audience_name: null }, `Job ${n}`);
      jobs.push({ id, audience_id, hashes });
    }
    // One of them is this process.
    const pace = { concurrency: 4 };
    await Promise.all([startWorker(bench, pace), bench.restart({ role: 'all', pace })]);
    for (const { id, audience_id, hashes } of jobs) {
      const job = await bench.waitForJob(id, ({ status }) => status !== 'runnable', 200_000);
      expect(job).toMatchObject({ status: 'sleeping', error: null });
      expect(held(bench.simulator, audience_id)).toEqual(hashes);
    }
    expect(bench.simulator.inspect().violations).toEqual([]);
    expect(bench.simulator.inspect().requests.filter(({ status }) => status === 429)).toEqual([]);
  });
});
