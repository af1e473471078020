/** Histories as `npm run simulate-faults` plays them: no promise is broken. */
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { transitionsOfTable } from '../../fault-simulation/invariants/jobs.ts';
import { type Broken, playMany, type Tally } from '../../fault-simulation/many.ts';

const LEAST = 1_500;
/** The rarest transition happens once in 1,700 histories. A change of the service moves them, so some more may be needed. */
const MOST = 20_000;

const missing = ({ transitions }: Tally): string[] =>
  transitionsOfTable.filter((line) => !transitions.has(line));

test('no promise is broken in as many histories as have all transitions of jobs', {
  timeout: 300_000,
}, async () => {
  const broken: Broken[] = [];
  const { tally } = await playMany({
    from: 1,
    count: MOST,
    threads: availableParallelism(),
    onProgress: (so) => broken.length === 0 && (so.histories < LEAST || missing(so).length > 0),
    onBroken: (one) => broken.push(one),
  });

  expect(broken).toEqual([]);
  expect(missing(tally)).toEqual([]);
  // Faults of nearly all kinds have happened, so that the result means something.
  expect(tally.faults.size).toBeGreaterThanOrEqual(24);
  expect(tally.onPglite).toBeGreaterThanOrEqual(1);
});
