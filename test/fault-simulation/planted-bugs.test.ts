/** The simulation of faults finds bugs: each of these mistakes breaks a promise within some histories. */
import { expect, test } from 'vitest';
import { findMistake } from './find.ts';
import { mistakes } from './mistakes.ts';

test.for(Object.entries(mistakes))('it finds a service that %s', async ([, mistake]) => {
  const found = await findMistake(mistake);

  expect(found, `a broken promise within ${mistake.within} histories`).toBeDefined();
  expect(mistake.breaks, found?.violation.message).toContain(found?.violation.invariant);
});
