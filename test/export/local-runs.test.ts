import { expect, test } from 'vitest';
import { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { LocalRuns } from '../../src/compose/local-runs.ts';
import { lineAdsDestination } from '../../src/destinations/line-ads/destination.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import type { RunState } from '../../src/domain/runs/run-state.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { FileLimits } from '../../src/store/data-directory/file-limits.ts';
import { RunFiles } from '../../src/store/data-directory/run-files.ts';
import { directoryOfTest } from '../support/directory.ts';
import { ended, started } from '../support/runs.ts';

const at = '2026-01-01T00:00:00.000Z';

/** Another process ends the run after this one has looked at it, and before it takes its lock. */
class EndedMeanwhile extends RunFiles {
  ends = false;

  override async list(): Promise<RunState[]> {
    const seen = await super.list();
    if (!this.ends) return seen;
    this.ends = false;
    const other = await super.resume('r1');
    await other.append(ended(at));
    await other.close();
    return seen;
  }
}

test('a run that another process has ended meanwhile is not continued', async () => {
  const directory = directoryOfTest('local-runs');
  const runs = new EndedMeanwhile(directory);
  await (await runs.create(started('r1', at))).close();
  runs.ends = true;
  const local = new LocalRuns({
    runs,
    limits: new FileLimits(directory, systemClock, Math.random),
    clock: systemClock,
    random: Math.random,
    traits: lineAdsTraits,
    destination: async () => lineAdsDestination(new LineAdsClient({ accessKey: 'key', secretKey: 'secret' })),
    openSource: () => Promise.reject(new Error('The source is not needed.')),
  });

  const hooks = { signal: new AbortController().signal, onProgress: () => {} };
  const pace = { pollIntervalMs: 1, jobTimeoutMs: 1 };
  await expect(local.resume('r1', {}, pace, hooks)).rejects.toMatchObject({ code: 'run_not_resumable' });
  expect((await runs.get('r1')).status).toBe('succeeded');
  // The lock is free again.
  await (await runs.resume('r1')).close();
});
