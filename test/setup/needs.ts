/**
 * Finds out what a test file needs beside Node.js. Reads its text and the test modules that it imports. So there is
 * no list to maintain, and a run of one file starts only what that file needs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * The kinds of test files. Each is a project of Vitest. They run in this order, so that files with long waits start
 * first. Long ones never wait, and use what the processes leave free.
 */
export const kinds = ['browser', 'database', 'mariadb', 'long', 'process', 'unit'] as const;
export type Kind = (typeof kinds)[number];

/**
 * The patterns of each kind. A file has the first kind with a pattern that matches, else it is a unit. The groups keep
 * this text from matching.
 */
const signs: readonly (readonly [Kind, RegExp])[] = [
  ['browser', /from '(?:playwright-core)'|build\/web\b/],
  ['database', /LINEUP_TEST_(?:DATABASE_URL)|from '@electric-sql\/pglite'/],
  ['mariadb', /LINEUP_TEST_(?:MARIADB_URL)/],
  // A pool starts readers, and each is a process.
  ['process', /from '(?:node:child_process)'|readers\/pool\/(?:pool)\.ts'/],
  // They need nothing, but take long: whole histories, the contracts of sources for each format, stagings on threads,
  // thousands of invented values, files of DuckDB.
  [
    'long',
    /fault-simulation\/(?:history|kinds|many|pglite\/play|command-line\/history)\.ts'|\/(?:hashing-)?contract\.ts'|useKernel\(|kernel-threads\.ts'|from '(?:fast-check|@duckdb\/node-api)'/,
  ],
];

/** @param file its absolute path */
export function kindOf(file: string): Kind {
  const texts = textsOf(file);
  return signs.find(([, sign]) => texts.some((text) => sign.test(text)))?.[0] ?? 'unit';
}

/** Whether it uses a PostgreSQL server. @param file its absolute path */
export const needsServer = (file: string): boolean =>
  textsOf(file).some((text) => /LINEUP_TEST_(?:DATABASE_URL)/.test(text));

const textsOf = (file: string): string[] => [...closure(file)].map((path) => readFileSync(path, 'utf8'));

/** The file and all test modules that it imports, directly or not. */
function closure(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  // Type imports need nothing.
  const text = readFileSync(file, 'utf8').replace(/^import type .*?;$/gms, '');
  for (const [, specifier] of text.matchAll(/(?:from|import\()\s*'(\.[^']+\.ts)'/g)) {
    const target = resolve(dirname(file), specifier!);
    if (/\/test\//.test(target) && existsSync(target)) closure(target, found);
  }
  return found;
}
