import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { runsOnEveryServer, SUPPORTED, versionsText } from './postgres-versions.ts';

const root = resolve(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(resolve(root, path), 'utf8');

test('the end of a run says which versions were tested, and which supported ones were not', () => {
  expect(versionsText(['unit', 'database', 'PostgreSQL 14'], '17')).toBe(
    'PostgreSQL: tested with 14, 17; not tested with 15, 16, 18\n',
  );
  const further = ['PostgreSQL 14', 'PostgreSQL 15', 'PostgreSQL 16', 'PostgreSQL 18', 'PostgreSQL 18'];
  expect(versionsText(['browser', 'database', ...further], '17')).toBe(
    'PostgreSQL: tested with 14, 15, 16, 17, 18, which are all supported versions\n',
  );
  // The server of a developer: its version is not known.
  expect(versionsText(['database'], '')).toBe('');
  expect(versionsText(['unit'], '17')).toBe('');
});

test('the tests bring the oldest and the newest version that the documentation promises', () => {
  const { oldest, newest } = SUPPORTED;
  const releases = /npm_releases='([^']*)'/.exec(text('scripts/ensure-postgres.sh'))![1]!.split(' ');
  expect(releases.map((release) => Number.parseInt(release, 10))).toEqual([oldest, newest]);
  expect(text('docs/operations/install.md')).toContain(`PostgreSQL ${oldest} to ${newest}`);
  expect(text('docs/sources-postgres.md')).toContain(`PostgreSQL ${oldest} to ${newest}`);
  expect(text('src/store/database/postgres.ts')).toContain(`Lineup needs PostgreSQL ${oldest} or newer.`);
});

test('tests of the store and of the source run on every server, and those that need no server do not', () => {
  const files = globSync('test/**/*.test.ts', { cwd: root }).filter(runsOnEveryServer);
  expect(files).toContain('test/sources/postgres/hashing.test.ts');
  expect(files).toContain('test/store/leases.test.ts');
  expect(files).toContain('test/jobs/kill.test.ts');
  expect(files).not.toContain('test/sources/postgres/target.test.ts');
  expect(files).not.toContain('test/server/routes.test.ts');
});
