/** The simulation of faults finds bugs: each of these mistakes breaks a promise. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { playAny } from '../../fault-simulation/kinds.ts';
import { findMistake } from './find.ts';
import { commandLineMistakes } from './mistakes/command-line.ts';
import { mistakes } from './mistakes/index.ts';
import { lyAdsMistakes } from './mistakes/ly-ads.ts';
import { officialAccountMistakes } from './mistakes/official-account.ts';

const programs = { ...mistakes, ...commandLineMistakes, ...lyAdsMistakes, ...officialAccountMistakes };

test.for(Object.entries(programs))('it finds a program that %s', async ([, mistake]) => {
  const found = await findMistake(mistake);

  expect(found, 'a broken promise').toBeDefined();
  expect(mistake.breaks, found?.violation.message).toContain(found?.violation.invariant);
  // Only the mistake breaks it.
  expect((await playAny(found!.plan)).violation).toBeUndefined();
});

test('docs/reliability.md names each of them, with its seed', () => {
  const page = readFileSync(resolve('docs/reliability.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (.+?) \| (\d+)(?: \(with [^)]+\))? \| \w+ \|$/gm)];

  expect(rows.map(([, name, seed]) => [name, Number(seed)])).toEqual(
    Object.entries(programs).map(([name, { seed }]) => [name, seed]),
  );
});
