/** Histories as `npm run simulate-faults` plays them: no promise is broken. */
import { expect, test } from 'vitest';
import { playSome } from '../../fault-simulation/many.ts';

const COUNT = 2_000;

test('no promise is broken in two thousand histories', async () => {
  const { tally, broken } = await playSome(Array.from({ length: COUNT }, (_, n) => n + 1));

  expect(broken).toEqual([]);
  expect(tally.histories).toBe(COUNT);
  // Most faults and transitions have happened, so that the result means something.
  expect(tally.faults.size).toBeGreaterThanOrEqual(24);
  expect(tally.transitions.size).toBeGreaterThanOrEqual(34);
  expect(tally.onPglite).toBe(2);
});
