/** Backup and restore of a PostgreSQL database with the commands of the handbook. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { Queue } from '../../src/store/coordination/queue.ts';
import { migrate } from '../../src/store/database/migrate.ts';
import { databases } from '../support/databases.ts';
import { serverUrl } from '../support/postgres.ts';
import { needs } from '../support/skip.ts';

const onPostgres = databases.at(-1);

/** Those of the server itself: older ones refuse it. Debian does not put them on the PATH. */
const directoryOfTools = process.env.LINEUP_TEST_POSTGRES_BIN ?? '/usr/bin';
const needsTools = needs(
  serverUrl && existsSync(join(directoryOfTools, 'pg_dump')),
  'pg_dump is not installed for each tested version of PostgreSQL',
);

test('a restored database equals the backup, whatever was there before', needsTools, async () => {
  const { database, drop } = await onPostgres!.migrated();
  const folder = mkdtempSync(join(tmpdir(), 'lineup-dump-'));
  onTestFinished(async () => {
    await drop();
    rmSync(folder, { recursive: true, force: true });
  });
  const { connection, db } = database;
  if (connection.kind !== 'postgres') throw new Error('this is not PostgreSQL');
  const handbook = readFileSync('docs/operations/recover.md', 'utf8');
  const command = (begin: string) => {
    const line = handbook.split('\n').find((text) => text.startsWith(begin)) ?? `: no ${begin} in the handbook; false`;
    execFileSync('sh', ['-ec', line], {
      cwd: folder,
      stdio: 'pipe',
      env: { PATH: `${directoryOfTools}:${process.env.PATH}`, DATABASE_URL: connection.url.reveal() },
    });
  };
  const queue = () => Queue.open({ database, onError: () => {} });
  await (await queue()).close();
  const setting = { key: 'k', value: '"kept"', updated_by: 'Aiko', updated_at: new Date(0) };
  await db.insertInto('settings').values(setting).execute();
  command('pg_dump ');
  await db.deleteFrom('settings').execute();
  // As a newer version leaves it.
  await sql`create table lineup.of_tomorrow (id text primary key)`.execute(db);

  command('psql ');
  command('pg_restore ');
  expect(await migrate(database)).toEqual([]);
  expect(await db.selectFrom('settings').select('value').execute()).toEqual([{ value: 'kept' }]);
  const { rows } = await sql`select to_regclass('lineup.of_tomorrow')::text as name`.execute(db);
  expect(rows).toEqual([{ name: null }]);
  await (await queue()).close();
});
