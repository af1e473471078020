/** A place for a REPLACE is free when LINE has finished the one before, whoever waits for that. */
import { describe, expect, test } from 'vitest';
import type { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import type { Clock } from '../../src/contracts/ports.ts';
import { lineAdsDestination } from '../../src/destinations/line-ads/destination.ts';
import { applyEvent, foldRun, type RunState } from '../../src/domain/runs/run-state.ts';
import { type ExportContext, WaitingRuns } from '../../src/export/context.ts';
import { replaceTurn } from '../../src/export/replace-turn.ts';
import { ended, intent, staged, started } from '../support/runs.ts';

const BEGAN = Date.parse('2026-03-02T00:00:00Z');
const time = (ms: number) => new Date(BEGAN + ms).toISOString();
const MINUTE = 60_000;
const POLL_MS = 5_000;

/** A run whose REPLACE was sent `ageMs` ago to an audience of its own, and who waits for that. */
const sent = (n: number, { isRunning = false, ageMs = 10_000 + n } = {}): RunState => {
  const at = time(-ageMs);
  const begun = [started(`r${n}`, at, { audienceId: `90${n}` }), staged(at, 3), intent(at)];
  return isRunning ? foldRun(begun) : foldRun([...begun, ended(at, 'interrupted')]);
};

interface Bench {
  open?: readonly RunState[];
  /** LINE's job for the REPLACE of each run; missing when LINE does not list it. */
  jobs?: Record<string, string>;
  deleted?: readonly string[];
  /** Called before each look at the journals. */
  onLook?: (ms: number) => void;
}

/** A run that wants to begin a REPLACE, among others. Waiting takes no time. */
function bench(world: Bench) {
  let nowMs = 0;
  let turns = 0;
  let places = 1;
  const asked: string[] = [];
  const stop = new AbortController();
  const clock: Pick<Clock, 'now' | 'monotonic' | 'sleep'> = {
    now: () => new Date(BEGAN + nowMs),
    monotonic: () => nowMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      nowMs += ms;
    },
  };
  const lineAds = {
    customAudiences: {
      list: async function* () {
        for (let n = 1; n < 10; n += 1) if (!world.deleted?.includes(`90${n}`)) yield { id: `90${n}` };
      },
      uploadJobs: async (_: string, audienceId: string) => {
        asked.push(audienceId);
        const run = `r${audienceId.slice(2)}`;
        const jobStatus = world.jobs?.[run];
        return jobStatus ? [{ name: `lineup-${run}-1.txt`, jobStatus, audienceGroupJobId: 'j' }] : [];
      },
    },
  } as unknown as LineAdsClient;
  const context = {
    journal: { state: foldRun([started('mine', time(0))]) },
    history: {
      openReplaces: async () => {
        world.onLook?.(nowMs);
        return world.open ?? [];
      },
    },
    limits: {
      slotTurn: async () => {
        turns += 1;
        return () => {
          turns -= 1;
        };
      },
    },
    place: {
      take: async () => {
        places = 1;
      },
      leave: () => {
        places = 0;
      },
    },
    clock,
    signal: stop.signal,
    pollIntervalMs: POLL_MS,
    jobTimeoutMs: 30 * MINUTE,
    waiting: new WaitingRuns(),
    onProgress: () => {},
  } as unknown as ExportContext;
  return {
    world,
    asked,
    stop,
    begin: () => replaceTurn(context, lineAdsDestination(lineAds)),
    seen: () => ({ waitedMs: nowMs, turns, places }),
  };
}

test('LINE is not asked while a place is free', async () => {
  const { begin, asked, seen } = bench({ open: [sent(1), sent(2)] });
  const release = await begin();
  expect(seen()).toEqual({ waitedMs: 0, turns: 1, places: 1 });
  release();
  expect(seen().turns).toBe(0);
  expect(asked).toEqual([]);
});

describe('of three open ones, a place is free', () => {
  const third = [sent(1), sent(2)];

  test.each(['FINISHED', 'FAILED'])('when LINE says %s of one, although nobody waits for it', async (status) => {
    const { begin, asked, seen } = bench({
      open: [...third, sent(3, { ageMs: MINUTE })],
      jobs: { r1: 'WORKING', r2: 'QUEUED', r3: status },
    });
    await begin();
    expect(seen()).toEqual({ waitedMs: 0, turns: 1, places: 1 });
    // The oldest one first.
    expect(asked).toEqual(['903']);
  });

  test('when LINE ends one later', async () => {
    const { begin, seen, world } = bench({ open: [...third, sent(3)] });
    world.jobs = { r1: 'WORKING', r2: 'QUEUED', r3: 'WORKING' };
    world.onLook = (ms) => {
      if (ms >= 20_000) world.jobs = { r1: 'WORKING', r2: 'FINISHED', r3: 'WORKING' };
    };
    await begin();
    expect(seen()).toEqual({ waitedMs: 20_000, turns: 1, places: 1 });
  });

  test('when a run that waits for its own has journalled the end', async () => {
    const { begin, seen, world } = bench({ open: [...third, sent(3, { isRunning: true })] });
    world.jobs = { r1: 'WORKING', r2: 'WORKING', r3: 'WORKING' };
    world.onLook = (ms) => {
      if (ms >= 3_000) world.open = third;
    };
    await begin();
    // Within a second, and not when LINE is asked next.
    expect(seen().waitedMs).toBe(3_000);
  });

  test('when its audience is gone', async () => {
    const { begin, asked } = bench({ open: [...third, sent(3, { ageMs: MINUTE })], deleted: ['903'] });
    await begin();
    expect(asked).toEqual([]);
  });

  test('when LINE has not listed it for a minute: it never came', async () => {
    const { begin, seen } = bench({ open: [...third, sent(3)], jobs: { r1: 'WORKING', r2: 'WORKING' } });
    await begin();
    expect(seen().waitedMs).toBe(MINUTE);
  });

  test('at once when LINE does not list one of two hours ago', async () => {
    const { begin, seen } = bench({
      open: [...third, sent(3, { ageMs: 120 * MINUTE })],
      jobs: { r1: 'WORKING', r2: 'WORKING' },
    });
    await begin();
    expect(seen().waitedMs).toBe(0);
  });
});

test('a run that goes on may still be sending what LINE does not list', async () => {
  const { begin, world, seen } = bench({
    open: [sent(1), sent(2), sent(3, { isRunning: true, ageMs: 120 * MINUTE })],
  });
  world.jobs = { r1: 'WORKING', r2: 'WORKING' };
  world.onLook = (ms) => {
    if (ms >= 10 * MINUTE) world.jobs = { r1: 'WORKING', r2: 'WORKING', r3: 'FINISHED' };
  };
  await begin();
  expect(seen().waitedMs).toBeGreaterThanOrEqual(10 * MINUTE);
});

test('a job that failed before the chunk was sent again does not count', async () => {
  const at = time(-MINUTE);
  const job = { type: 'job', at, chunk: 1, uploadJobId: 'j', failedType: null, audienceCount: null } as const;
  const again = [
    { type: 'accepted', at, chunk: 1, audienceId: '903', audienceName: 'VIP' },
    { ...job, jobStatus: 'FAILED' },
    intent(at),
  ] as const;
  const running = foldRun([started('r3', at, { audienceId: '903' }), staged(at, 3), intent(at)]);
  const { begin, world, seen } = bench({ open: [sent(1), sent(2), again.reduce(applyEvent, running)] });
  world.jobs = { r1: 'WORKING', r2: 'WORKING', r3: 'FAILED' };
  world.onLook = (ms) => {
    if (ms >= 10_000) world.open = [];
  };
  await begin();
  expect(seen().waitedMs).toBe(10_000);
});

test('a run gives up when LINE ends none of them, and gives back its turn', async () => {
  const { begin, seen } = bench({
    open: [sent(1), sent(2), sent(3)],
    jobs: { r1: 'WORKING', r2: 'WORKING', r3: 'WORKING' },
  });
  await expect(begin()).rejects.toMatchObject({
    code: 'upload_job_timeout',
    retryable: true,
    message:
      'LINE processes 3 REPLACE uploads at once in ad account A1. None of the present ones has ended within 30 minutes. Continue the run later.',
  });
  expect(seen()).toEqual({ waitedMs: 30 * MINUTE, turns: 0, places: 0 });
});

test('a run that is stopped gives back its turn', async () => {
  const { begin, stop, seen, world } = bench({ open: [sent(1), sent(2), sent(3)] });
  world.jobs = { r1: 'WORKING', r2: 'WORKING', r3: 'WORKING' };
  world.onLook = () => stop.abort(new Error('stopped'));
  await expect(begin()).rejects.toThrow('stopped');
  expect(seen().turns).toBe(0);
});
