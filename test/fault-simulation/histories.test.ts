/** Histories as `npm run simulate-faults` plays them: no promise is broken. */
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { transitionsOfTable } from '../../fault-simulation/invariants/jobs.ts';
import { merge, playMany, playSome } from '../../fault-simulation/many.ts';
import { seeRare } from './rare.ts';

/** So many find each mistake of mistakes/index.ts that shows in ordinary plans: the last one shows at seed 531. */
const COUNT = 700;
/** A later one with the rarest transitions of jobs. The rarest happens once in a thousand histories. */
const RARE = [1_146];
const MOST = 10_000;

test('no promise is broken in histories that have all transitions of jobs', {
  timeout: 300_000,
}, async () => {
  const { tally, broken } = await playMany({
    from: 1,
    count: COUNT,
    threads: availableParallelism(),
    onProgress: () => true,
  });
  const missing = () => transitionsOfTable.filter((line) => !tally.transitions.has(line));
  await seeRare({
    known: RARE,
    from: COUNT + 1,
    to: MOST,
    isComplete: () => broken.length > 0 || missing().length === 0,
    play: async (seed) => {
      const before = missing().length;
      merge(tally, await playSome([seed], (history) => broken.push(history)));
      return missing().length < before;
    },
  });

  expect(broken).toEqual([]);
  expect(missing()).toEqual([]);
  // Faults of nearly all kinds have happened, so that the result means something.
  expect(tally.faults.size).toBeGreaterThanOrEqual(24);
});
