import { onTestFinished } from 'vitest';
import { type LineAdsSimulatorOptions, startLineAdsSimulator } from '../../simulators/line-ads/index.ts';

/**
 * A simulator for one test. Its time stands still unless the test advances it. Jobs take 300 ms (100 of them in the
 * queue), and matching takes 1000 ms more. The rate limit is off.
 */
export async function startSim(options: LineAdsSimulatorOptions = {}) {
  const now = Date.now();
  const sim = await startLineAdsSimulator({
    now: () => now,
    jobMs: 300,
    matchMs: 1000,
    rateLimit: 100_000,
    ...options,
  });
  onTestFinished(() => sim.close());
  return sim;
}
