/** What the build of the web app records about its files. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
}

const path = resolve(import.meta.dirname, '../../build/web/.vite/manifest.json');

/** By the source file of each chunk. */
export const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Chunk>;

/** The files that a chunk needs at once. */
export function filesOf(name: string, seen = new Set<string>()): Set<string> {
  const { file, imports = [], css = [] } = manifest[name]!;
  if (seen.has(file)) return seen;
  for (const needed of [file, ...css]) seen.add(needed);
  for (const imported of imports) filesOf(imported, seen);
  return seen;
}
