import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { needs } from '../support/skip.ts';

const root = resolve(import.meta.dirname, '../..');

test('an unmet condition skips a test and gives the reason', () => {
  expect(needs('/usr/bin/chromium', 'Chromium is not installed')).toEqual({});
  expect(needs(undefined, 'Chromium is not installed')).toEqual({
    skip: true,
    meta: { skipped: 'Chromium is not installed' },
  });
});

test('no test is skipped without a reason', () => {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/test`);
  const files = ['test', ...packages].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  );
  const silent = files
    .filter((path) => path.endsWith('.test.ts'))
    .filter((path) => /\.(skipIf|runIf)\(|\b(it|test|describe)\.skip\b/.test(readFileSync(join(root, path), 'utf8')));
  expect(files.length).toBeGreaterThan(200);
  expect(silent).toEqual([]);
});
