/** Histories with LY Ads, as `npm run simulate-faults -- --destination ly_ads` plays them: no promise is broken. */
import { availableParallelism } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { play } from '../../fault-simulation/history.ts';
import { playMany } from '../../fault-simulation/many.ts';
import { closePglite, playOnPglite } from '../../fault-simulation/pglite/play.ts';
import { lyAdsPlanOf } from '../../fault-simulation/world/ly-ads-plan.ts';
import type { Plan } from '../../fault-simulation/world/plan.ts';
import { ordered, shared, sized } from './ly-ads-plans.ts';

const COUNT = 200;

afterAll(closePglite);

test('no promise is broken, with most faults', { timeout: 300_000 }, async () => {
  const { tally, broken } = await playMany({
    destination: 'ly_ads',
    from: 1,
    count: COUNT,
    threads: availableParallelism(),
    onProgress: () => true,
  });

  expect(broken).toEqual([]);
  expect(tally.histories).toBe(COUNT);
  // Faults of nearly all kinds have happened, so that the result means something.
  expect(tally.faults.size).toBeGreaterThanOrEqual(22);
});

test('the same seed always plays the same history', async () => {
  const once = await play(lyAdsPlanOf(5), { isTraced: true });
  const twice = await play(lyAdsPlanOf(5), { isTraced: true });

  expect(once.trace.length).toBeGreaterThan(50);
  expect(twice.trace.join('\n')).toBe(once.trace.join('\n'));
});

test('no promise is broken on PGlite', async () => {
  const { violation } = await playOnPglite(lyAdsPlanOf(3));

  expect(violation).toBeUndefined();
});

test.for(['ly_job_stuck', 'ly_forbidden'] as const)(
  'no second identifier is sent while LY works on the first one, of which nobody waits for the end (%s)',
  async (kind) => {
    const faults =
      kind === 'ly_job_stuck'
        ? [ordered(kind, 'upload', 1)]
        : [ordered('ly_job_stuck', 'upload', 1), { ...ordered(kind, 'upload-status', 1), count: 50 }];
    const { violation, trace } = await play(shared(1, faults), { isTraced: true });

    expect(violation).toBeUndefined();
    expect(trace.some((line) => line.includes('"status":"stopped"'))).toBe(true);
  },
);

test('an upload of an earlier run, whose answer was lost, is not taken for a later one', async () => {
  // The clock of the machine is behind, so the upload looks as if it came after the second run had sent its own.
  const plan: Plan = {
    ...sized(2, 120, { existing: 0, schedule: null }),
    workers: 1,
    clocks: [-300_000],
    people: [
      { afterMs: 3_000, job: 0, action: 'stop_run' },
      { afterMs: 15_000, job: 0, action: 'restart' },
    ],
    faults: [ordered('ly_slow_after', 'upload', 1), ordered('ly_reset_before', 'upload', 2)],
  };
  const { violation, trace } = await play({ ...plan, lyAds: { ...plan.lyAds!, jobMs: 0 } }, { isTraced: true });

  expect(violation).toBeUndefined();
  expect(trace.some((line) => line.includes('"type":"not_taken"'))).toBe(true);
});
