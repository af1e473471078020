/**
 * Histories with LINE Official Account, as `npm run simulate-faults -- --destination line_official_account` plays them:
 * no promise is broken.
 */
import { availableParallelism } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { play } from '../../fault-simulation/history.ts';
import { playMany } from '../../fault-simulation/many.ts';
import { closePglite, playOnPglite } from '../../fault-simulation/pglite/play.ts';
import { officialAccountPlanOf } from '../../fault-simulation/world/official-account-plan.ts';
import { atLine, withEqualNames, withUsers } from './official-account-plans.ts';

const COUNT = 150;

afterAll(closePglite);

test('no promise is broken, with most faults', { timeout: 300_000 }, async () => {
  const { tally, broken } = await playMany({
    destination: 'line_official_account',
    from: 1,
    count: COUNT,
    threads: availableParallelism(),
    onProgress: () => true,
  });

  expect(broken).toEqual([]);
  expect(tally.histories).toBe(COUNT);
  // Faults of nearly all kinds have happened, so that the result means something.
  expect(tally.faults.size).toBeGreaterThanOrEqual(24);
});

test('the same seed always plays the same history', async () => {
  const once = await play(officialAccountPlanOf(5), { isTraced: true });
  const twice = await play(officialAccountPlanOf(5), { isTraced: true });

  expect(once.trace.length).toBeGreaterThan(50);
  expect(twice.trace.join('\n')).toBe(once.trace.join('\n'));
});

test('no promise is broken on PGlite', async () => {
  const { violation } = await playOnPglite(officialAccountPlanOf(2));

  expect(violation).toBeUndefined();
});

test.for(['oa_job_failed', 'oa_job_insufficient'] as const)(
  'an audience whose first upload fails is not made again, although the answer was lost (%s)',
  async (failure) => {
    const faults = [atLine('oa_reset_after', 'create', 1), atLine(failure, 'create', 1)];
    const { violation } = await play(withEqualNames(withUsers(4, 8, { faults })));

    expect(violation).toBeUndefined();
  },
);
