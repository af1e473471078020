/** What the build of the web app records about its files. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

interface Chunk {
  readonly file: string;
  readonly name?: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

const path = resolve(import.meta.dirname, '../../build/web/.vite/manifest.json');

export const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Chunk>;

/** The key of a chunk of web/vite.config.ts. */
export const chunkNamed = (name: string): string =>
  Object.keys(manifest).find((key) => key.startsWith('_') && manifest[key]!.name === name)!;

/** The files that a chunk needs at once. */
export function filesOf(key: string, seen = new Set<string>()): Set<string> {
  const { file, imports = [] } = manifest[key]!;
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const imported of imports) filesOf(imported, seen);
  return seen;
}
