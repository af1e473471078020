/**
 * What a test file needs beside Node.js, read from its text and from the test modules that it imports: so that no list has to be
 * kept, and a run of one file starts only what that file needs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The kinds of test files; each is a project of Vitest. They run in this order: those that wait the longest come first. */
export const kinds = ['browser', 'database', 'process', 'unit'] as const;
export type Kind = (typeof kinds)[number];

/** A file is of the first kind that one of its texts fits; of the last if none does. The groups keep this text from fitting. */
const signs: readonly (readonly [Kind, RegExp])[] = [
  ['browser', /from '(?:playwright-core)'|build\/web\b/],
  ['database', /LINEUP_TEST_(?:DATABASE_URL)|from '@electric-sql\/pglite'/],
  // A pool has readers, each a process of its own.
  ['process', /from '(?:node:child_process)'|readers\/pool\/(?:pool)\.ts'/],
];

/** @param file its absolute path */
export function kindOf(file: string): Kind {
  const texts = [...closure(file)].map((path) => readFileSync(path, 'utf8'));
  return signs.find(([, sign]) => texts.some((text) => sign.test(text)))?.[0] ?? 'unit';
}

/** The file and all test modules that it reaches. */
function closure(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  // An import of types alone brings nothing.
  const text = readFileSync(file, 'utf8').replace(/^import type .*?;$/gms, '');
  for (const [, specifier] of text.matchAll(/(?:from|import\()\s*'(\.[^']+\.ts)'/g)) {
    const target = resolve(dirname(file), specifier!);
    if (/\/test\//.test(target) && existsSync(target)) closure(target, found);
  }
  return found;
}
