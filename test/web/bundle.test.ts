/** What a browser loads before it shows a page. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const build = resolve(import.meta.dirname, '../../build/web');
const LIMIT = 300_000;

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
}

const manifest = JSON.parse(readFileSync(join(build, '.vite/manifest.json'), 'utf8')) as Record<
  string,
  Chunk
>;

const built = (ending: string): string =>
  readdirSync(join(build, 'assets'))
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(build, 'assets', name), 'utf8'))
    .join('\n');

test('every part of the library that is used has its styles', () => {
  const library = readFileSync(
    resolve(import.meta.dirname, '../../node_modules/@mantine/core/styles.css'),
    'utf8',
  );
  const classes = [...new Set(built('.js').match(/\bm_[0-9a-f]{6,8}\b/g))].filter((name) =>
    library.includes(`.${name}`),
  );
  expect(classes.length).toBeGreaterThan(50);
  const styles = built('.css');
  expect(classes.filter((name) => !styles.includes(`.${name}`))).toEqual([]);
});

/** The files that a chunk needs at once. */
function filesOf(name: string, seen = new Set<string>()): Set<string> {
  const { file, imports = [], css = [] } = manifest[name]!;
  if (seen.has(file)) return seen;
  for (const needed of [file, ...css]) seen.add(needed);
  for (const imported of imports) filesOf(imported, seen);
  return seen;
}

/** What the server says, in the same language. */
const sentencesOf = (language: string): string => language.replace('i18n/', '../src/contracts/sentences/');

const sizeOf = (files: Iterable<string>): number =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(build, file))).length, 0);

const dynamic = Object.keys(manifest).filter((name) => /^(pages|i18n)\//.test(name));
const pages = dynamic.filter((name) => name.startsWith('pages/'));
const languages = dynamic.filter((name) => name.startsWith('i18n/'));

test('every page is loaded when it is gone to', () => {
  expect(pages.length).toBeGreaterThan(10);
  expect(languages).toHaveLength(4);
});

test.each(pages)('the first load of %s, with the largest language, is below 300 kB', (page) => {
  const sizes = languages.map((language) =>
    sizeOf(
      new Set([
        ...filesOf('index.html'),
        ...filesOf(page),
        ...filesOf(language),
        ...filesOf(sentencesOf(language)),
      ]),
    ),
  );
  expect(Math.max(...sizes)).toBeLessThan(LIMIT);
});
