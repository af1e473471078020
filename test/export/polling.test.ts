import { describe, expect, it } from 'vitest';
import type { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { lineAdsDestination } from '../../src/destinations/line-ads/destination.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import { foldRun } from '../../src/domain/runs/run-state.ts';
import { type ExportContext, WaitingRuns } from '../../src/export/context.ts';
import { pollInterval, waitUntilIdle } from '../../src/export/wait.ts';
import { started } from '../support/runs.ts';

const MINUTE = 60_000;

const limit = lineAdsTraits.limits.requests;

describe('the interval between two requests for the state of LINE’s job', () => {
  it('is the base interval for a minute, then grows with the age of the job, up to two minutes', () => {
    const aged = (minutes: number, baseMs = 5_000) =>
      pollInterval({ baseMs, ageMs: minutes * MINUTE, waiting: 1, limit });
    expect([0, 0.5, 1, 2, 6, 12, 24, 60, 600].map((minutes) => aged(minutes))).toEqual([
      5_000, 5_000, 5_000, 10_000, 30_000, 60_000, 120_000, 120_000, 120_000,
    ]);
    expect([aged(0.9, 50), aged(2, 50), aged(0, 600_000)]).toEqual([50, 10_000, 600_000]);
  });

  it.each([2, 10, 15, 40, 300, 1_000])('with %i runs on one key gives at most three requests a second', (waiting) => {
    for (const baseMs of [50, 5_000]) {
      for (const ageMs of [0, MINUTE, 600 * MINUTE]) {
        const looksPerSecond = (waiting * 1_000) / pollInterval({ baseMs, ageMs, waiting, limit });
        expect(looksPerSecond).toBeLessThanOrEqual(3.000_1);
      }
    }
  });

  it('is never shorter for more runs or for an older job', () => {
    let last = 0;
    for (let n = 1; n < 400; n++) {
      const interval = pollInterval({ baseMs: 1_000, ageMs: n * 10_000, waiting: n, limit });
      expect(interval).toBeGreaterThanOrEqual(last);
      last = interval;
    }
  });
});

it('counts each waiting run once, until it leaves', () => {
  const waiting = new WaitingRuns();
  const leave = [waiting.enter(), waiting.enter(), waiting.enter()];
  expect(waiting.count).toBe(3);
  leave[0]!();
  leave[0]!();
  expect(waiting.count).toBe(2);
});

describe('before an upload', () => {
  /** How often a run looks, when LINE shows these statuses of a job one after another. @param agoMs since it began */
  async function looksAt(seen: readonly string[], agoMs: number): Promise<number> {
    let looks = 0;
    const now = Date.UTC(2026, 2, 2);
    const job = { name: 'other.csv', audienceGroupJobId: 'j1', created: new Date(now - agoMs).toISOString() };
    const uploadJobs = async () => [{ ...job, jobStatus: seen[looks++] }];
    const context = {
      traits: lineAdsTraits,
      journal: { state: foldRun([started('r1', '2026-03-02T00:00:00.000Z')]) },
      history: { openUploads: async () => [] },
      clock: { now: () => new Date(now), monotonic: () => 0, sleep: async () => {} },
      place: { leave: () => {} },
      onProgress: () => {},
      waiting: new WaitingRuns(),
      ...{ pollIntervalMs: 1, jobTimeoutMs: MINUTE },
    } as unknown as ExportContext;
    const client = { customAudiences: { uploadJobs } } as unknown as LineAdsClient;
    await waitUntilIdle(context, lineAdsDestination(client), '901');
    return looks;
  }

  it('a run waits for each job that LINE has not ended, also one with a status that is new', async () => {
    expect(await looksAt(['QUEUED', 'PAUSED_BY_LINE', 'WORKING', 'FAILED'], 0)).toBe(4);
  });

  it('a job with a status that is new is not waited for longer than a job may take', async () => {
    expect(await looksAt(['PAUSED_BY_LINE', 'FAILED'], 2 * MINUTE)).toBe(1);
    expect(await looksAt(['WORKING', 'FAILED'], 2 * MINUTE)).toBe(2);
  });
});
