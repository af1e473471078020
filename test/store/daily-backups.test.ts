/** Automatic backups by a service, of a database in use. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backUpDaily, restore } from '../../src/store/database/backup.ts';
import type { Database } from '../../src/store/database/database.ts';
import { databases, useDatabase } from '../support/databases.ts';

let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lineup-backups-'));
  directory = join(root, 'backups');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const at = (day: number, time = '03:30') => new Date(`2026-11-${String(day).padStart(2, '0')}T${time}:00Z`);

describe.each(databases.filter(({ kind }) => kind === 'PGlite'))('a backup a day of $kind', (kind) => {
  const current = useDatabase(kind);
  const pglite = ({ connection }: Database = current.database): PGlite => {
    if (connection.kind !== 'pglite') throw new Error('this is about PGlite');
    return connection.pglite;
  };
  const put = (value: number) =>
    current.database.db
      .insertInto('settings')
      .values({ key: `k${value}`, value: JSON.stringify({ value }), updated_at: at(1), updated_by: 'test' })
      .execute();

  test('is made once a day, holds all confirmed writes while others write, and the last seven are kept', async () => {
    await mkdir(directory);
    await writeFile(join(directory, 'lineup-2026-11-01T0330Z.tar.gz'), 'a backup of the day before');
    await backUpDaily(pglite(), directory, at(2, '03:29'));
    expect(await readdir(directory)).toEqual(['lineup-2026-11-01T0330Z.tar.gz']);
    for (const day of [2, 3, 4, 5, 6, 7]) {
      await writeFile(join(directory, `lineup-2026-11-0${day}T0330Z.tar.gz`), 'an old backup');
    }
    await writeFile(join(directory, 'mine.tar.gz'), 'of somebody else');
    await writeFile(join(directory, 'unfinished'), 'of a process that was killed');
    await put(1);
    const writing = Promise.all([2, 3, 4].map(put));
    await backUpDaily(pglite(), directory, at(8));
    await writing;
    expect((await readdir(directory)).sort()).toEqual([
      ...[2, 3, 4, 5, 6, 7, 8].map((day) => `lineup-2026-11-0${day}T0330Z.tar.gz`),
      'mine.tar.gz',
    ]);
    const made = join(directory, 'lineup-2026-11-08T0330Z.tar.gz');
    expect((await stat(made)).mode & 0o777).toBe(0o600);

    const restored = await restore(join(root, 'restored'), made);
    const rows = await restored.db.selectFrom('settings').select('value').execute();
    await restored.close();
    expect(rows).toContainEqual({ value: { value: 1 } });

    // Its directory is made for this user alone, also when the database cannot be read.
    const other = join(root, 'other');
    await expect(backUpDaily(pglite(restored), other, at(8))).rejects.toThrow('closed');
    expect((await stat(other)).mode & 0o777).toBe(0o700);
    expect(await readdir(other)).toEqual([]);
  });

  test('that cannot be written is reported, and leaves no file', async () => {
    await writeFile(directory, 'a file is in the way');
    await expect(backUpDaily(pglite(), directory, at(25))).rejects.toMatchObject({
      code: 'invalid_configuration',
    });
    expect(existsSync(join(directory, 'unfinished'))).toBe(false);
  });
});
