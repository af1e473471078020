/** Patterns of paths: which files they match, and that none takes too much time and memory. */
import { glob, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { findPaths } from '../../src/sources/files/glob.ts';
import { matchesName, namePattern } from '../../src/sources/files/name-pattern.ts';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';

const folder = useFolder();

beforeAll(async () => {
  for (const path of [
    'tree/a/x.csv',
    'tree/a/.y.csv',
    'tree/.hidden/q.csv',
    'tree/b/w.csv',
    'tree/b/deep/er/v.csv',
    'tree/会員 [1].csv',
    'tree/top.csv',
    'plain/a/x.csv',
    'plain/b/.y.csv',
    'plain/b/deep/x.csv',
    'plain/deep/a/b/w.csv',
    'plain/x.csv',
  ]) {
    await mkdir(dirname(folder.path(path)), { recursive: true });
    await writeFile(folder.path(path), 'email\n');
  }
  await symlink('../b', folder.path('tree/a/link'));
  await symlink('..', folder.path('tree/b/up'));
});

const found = async (pattern: string) =>
  (await findPaths(folder.path(pattern))).map((path) => path.slice(folder.path('tree/').length));

describe('a pattern', () => {
  it.each([
    ['tree/*', ['top.csv', '会員 [1].csv']],
    ['tree/*/*.csv', ['a/x.csv', 'b/w.csv']],
    ['tree/**/*.csv', ['a/x.csv', 'b/deep/er/v.csv', 'b/w.csv', 'top.csv', '会員 [1].csv']],
    ['tree/**', ['a/x.csv', 'b/deep/er/v.csv', 'b/w.csv', 'top.csv', '会員 [1].csv']],
    ['tree/**/er/*', ['b/deep/er/v.csv']],
    ['tree/**/**/v.csv', ['b/deep/er/v.csv']],
    ['tree/a/.*', ['a/.y.csv']],
    ['tree/.h*/*.csv', ['.hidden/q.csv']],
    ['tree/a/link/*.csv', ['a/link/w.csv']],
    ['tree/[ab]/?.csv', ['a/x.csv', 'b/w.csv']],
    ['tree/[!a]/*.csv', ['b/w.csv']],
    ['tree/{a,b,c}/{x,w}.csv', ['a/x.csv', 'b/w.csv']],
    ['tree/{a,{b,c}}/[w-x].csv', ['a/x.csv', 'b/w.csv']],
    ['tree/会員*[[]1].csv', ['会員 [1].csv']],
    ['tree//./a/*', ['a/x.csv']],
    ['tree/*/', []],
    ['tree/none-*/*.csv', []],
    ['tree/top.csv/*', []],
  ])('%s', async (pattern, expected) => {
    expect(await found(pattern)).toEqual(expected);
  });

  // For some patterns Node.js follows links, and for others it does not.
  it('matches the same files as the glob of Node.js, if there are no links', async () => {
    const part = fc.constantFrom('*', '**', 'a', 'b', '?', '*.csv', '[ab]', '{a,b}', 'x.csv', 'd*p', '**/*.csv');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (parts) => {
        // We do not match a file with `x.csv/**`.
        fc.pre(parts.length === 1 || parts.at(-1) !== '**');
        const pattern = folder.path(['plain', ...parts].join('/'));
        const names = new Set<string>();
        for await (const entry of glob(pattern, { withFileTypes: true })) {
          if (entry.isFile()) names.add(`${entry.parentPath}/${entry.name}`);
        }
        expect(await findPaths(pattern)).toEqual([...names].sort());
      }),
      { numRuns: 300 },
    );
  });
});

describe('a pattern that needs too much work is refused, at once', () => {
  it.each([
    ['a long sequence', 'tree/{1..100000}.csv', 'means more than 1,000 patterns'],
    ['nested alternatives', `tree/${'{a,b}'.repeat(14)}.csv`, 'means more than 1,000 patterns'],
    ['nested sequences', 'tree/{{1..999},{1..999}}{1..9}.csv', 'means more than 1,000 patterns'],
    ['a padded sequence', `tree/{${'0'.repeat(500)}1..100000}.csv`, 'means more than 1,000 patterns'],
  ])(
    '%s',
    async (_, pattern, message) => {
      await expect(openFiles({ source: folder.path(pattern) })).rejects.toMatchObject({
        code: 'source_unsupported',
        message: expect.stringContaining(message),
      });
    },
    10_000,
  );

  it('when links form a circle', async () => {
    await expect(found(`tree/${'b/up/'.repeat(60)}*.csv`)).rejects.toMatchObject({
      message: expect.stringContaining('goes through more than 50 folders'),
    });
  });

  it('when the search takes too long', async () => {
    await expect(findPaths(folder.path('tree/**'), { maxMs: 0 })).rejects.toMatchObject({
      message: expect.stringContaining('needs a search through too many files and folders'),
    });
  });

  it('when nobody waits for it any more', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(findPaths(folder.path('tree/**'), { signal })).rejects.toThrow('gone');
  });
});

test('does not search forbidden folders', async () => {
  const asked: string[] = [];
  const admits = async (directory: string) => {
    asked.push(directory.slice(folder.path('tree').length));
    return !directory.endsWith('/b');
  };
  expect(await findPaths(folder.path('tree/**/*.csv'), { admits })).not.toContain(folder.path('tree/b/w.csv'));
  expect(asked.sort()).toEqual(['', '/a', '/b']);
});

test('the time to match a name grows with both lengths, not with all ways to split it', () => {
  const pattern = namePattern(`${'*a'.repeat(100)}*b`);
  expect(matchesName(pattern, 'a'.repeat(255))).toBe(false);
  expect(matchesName(pattern, `${'a'.repeat(254)}b`)).toBe(true);
}, 60_000);
