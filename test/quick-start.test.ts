/** What `lineup prepare` loads before its first row. Each further library makes even the smallest audience wait. */
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Our files, packages and built-in modules that a file loads by static imports. Type imports do not count. */
function loadedBy(file: string, loaded = new Set<string>()): Set<string> {
  const name = relative(root, file);
  if (loaded.has(name)) return loaded;
  loaded.add(name);
  const statements = readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gms);
  for (const [, specifier = ''] of statements) {
    if (specifier.endsWith('.ts')) loadedBy(resolve(dirname(file), specifier), loaded);
    else loaded.add(specifier);
  }
  return loaded;
}

test.each(['src/cli/main.ts', 'src/cli/prepare.ts', 'src/export/stage/kernel-worker.ts'])(
  '%s loads few libraries',
  (entry) => {
    const loaded = [...loadedBy(resolve(root, entry))];
    const packages = loaded.filter((name) => !/^(?:(?:src|packages)\/|node:|\.)/.test(name));
    const few = ['cli-table3', 'commander', 'fastest-levenshtein'];
    expect(packages.filter((name) => !few.includes(name))).toEqual([]);
    // Slow to load, and used only for few sources or for LINE.
    expect(loaded.filter((name) => /^node:https?$|^src\/line-ads\//.test(name))).toEqual([]);
  },
);
