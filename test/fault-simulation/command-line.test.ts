/** Histories of the command line: no promise is broken, and the simulation finds mistakes. */
import { expect, test } from 'vitest';
import { playCommandLine } from '../../fault-simulation/command-line/history.ts';
import { commandLinePlanOf } from '../../fault-simulation/command-line/plan.ts';
import { commandLineMistakes } from './command-line-mistakes.ts';
import { findMistake } from './find.ts';

const COUNT = 500;

test('no promise is broken in five hundred histories', async () => {
  const broken: unknown[] = [];
  const faults = new Set<string>();
  const killedAt = new Set<string>();
  for (let seed = 1; seed <= COUNT; seed += 1) {
    const { violation, coverage } = await playCommandLine(commandLinePlanOf(seed));
    if (violation) broken.push({ seed, violation });
    for (const kind of coverage.faults.keys()) faults.add(kind);
    for (const place of coverage.killedAt) killedAt.add(place);
  }

  expect(broken).toEqual([]);
  // Most faults have happened, so that the result means something.
  expect(faults.size).toBeGreaterThanOrEqual(17);
  expect(killedAt.size).toBeGreaterThanOrEqual(9);
});

test.for([6, 14, 8_123_414])('seed %i always plays the same history', async (seed) => {
  const once = await playCommandLine(commandLinePlanOf(seed), { isTraced: true });
  const twice = await playCommandLine(commandLinePlanOf(seed), { isTraced: true });

  expect(once.trace.length).toBeGreaterThan(50);
  expect(twice.trace.join('\n')).toBe(once.trace.join('\n'));
  expect(twice.steps).toBe(once.steps);
});

test.for(Object.entries(commandLineMistakes))('it finds a command that %s', async ([, mistake]) => {
  const found = await findMistake(mistake);

  expect(found, `a broken promise within ${mistake.within} histories`).toBeDefined();
  expect(mistake.breaks, found?.violation.message).toContain(found?.violation.invariant);
});
