/** Histories as `npm run simulate-faults` plays them: no promise is broken. */
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { transitionsOfTable } from '../../fault-simulation/invariants/jobs.ts';
import { type Broken, playMany } from '../../fault-simulation/many.ts';

const COUNT = 5_000;

test('no promise is broken in five thousand histories', { timeout: 300_000 }, async () => {
  const broken: Broken[] = [];
  const { tally } = await playMany({
    from: 1,
    count: COUNT,
    threads: availableParallelism(),
    onProgress: () => broken.length === 0,
    onBroken: (one) => broken.push(one),
  });

  expect(broken).toEqual([]);
  expect(tally.histories).toBe(COUNT);
  // Faults of nearly all kinds have happened, and all transitions of jobs, so that the result means something.
  expect(tally.faults.size).toBeGreaterThanOrEqual(24);
  expect(transitionsOfTable.filter((line) => !tally.transitions.has(line))).toEqual([]);
  expect(tally.onPglite).toBe(5);
});
