/** What `lineup prepare` loads before its first row: every library more is time that the smallest audience waits. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Packages and built-in modules that a file comes to by static imports; types are none. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gms);
  const loaded = [...statements].flatMap(([, specifier = '']) =>
    specifier.startsWith('.') ? [...loadedBy(resolve(dirname(file), specifier), seen)] : [specifier],
  );
  return new Set(loaded);
}

test.each(['src/cli/main.ts', 'src/cli/prepare.ts', 'src/export/stage/worker.ts'])(
  '%s loads few libraries',
  (entry) => {
    const loaded = [...loadedBy(resolve(root, entry))];
    const packages = loaded.filter((name) => !name.startsWith('node:') && !name.endsWith('package.json'));
    const few = ['cli-table3', 'commander', 'fastest-levenshtein'];
    expect(packages.filter((name) => !few.includes(name))).toEqual([]);
    // Slow to load, and used for few sources.
    expect(loaded).not.toContain('node:http');
    expect(loaded).not.toContain('node:https');
  },
);
