/** Many jobs of one ad account, on workers that share only the database. */

import { describe, expect, onTestFinished, test } from 'vitest';
import { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { CoordinatedLimits } from '../../src/store/coordination/coordinated-limits.ts';
import { placeTable } from '../../src/store/coordination/place-table.ts';
import { held, members } from '../support/cli.ts';
import { leasesOn } from '../support/leases.ts';
import { needsPostgres } from '../support/postgres.ts';
import { serviceBench } from '../support/service-bench.ts';
import { startWorker } from '../support/workers.ts';

const JOBS = 6;

describe('two workers', needsPostgres, () => {
  test('run many jobs of one ad account within LINE’s limits', { timeout: 420_000 }, async () => {
    // Measured at the simulator, to the millisecond, because requests that leave in time may still arrive in bunches.
    const bench = await serviceBench({ role: 'api', simulator: { rateToleranceMs: 0, jobMs: 2_000 } });
    const { accessKey, secretKey } = bench.simulator.keys[0]!;
    const { db } = bench.database.database;
    const leases = leasesOn(db);
    onTestFinished(() => leases.close());
    const limiter = new CoordinatedLimits({
      places: placeTable(db),
      leases,
      clock: bench.clock,
      random: Math.random,
    }).rate(accessKey);
    const client = new LineAdsClient({ accessKey, secretKey, baseUrl: bench.simulator.url, limiter });
    const path = bench.write('before.txt', `${'ab'.repeat(32)}\n`);
    const jobs = [];
    for (let n = 0; n < JOBS; n++) {
      // The audiences exist, so every run replaces one. LINE accepts three replaces at once.
      const { id: audience_id } = await client.customAudiences.upload('A1', {
        name: `Existing ${n}`,
        action: 'ADD',
        idType: 'HASHED_EMAIL',
        file: { path, name: `before-${n}.txt` },
      });
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
