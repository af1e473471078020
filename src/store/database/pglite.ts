/**
 * PGlite: PostgreSQL inside this process, its files in the data directory. Where it differs from a server:
 *
 *  - It takes no lock on its directory, and two processes corrupt it: we hold a lock that the kernel gives back.
 *  - It never syncs to the disk (`-F`, and a file system without fsync): an answer could be lost with the power. Both are
 *    put right below.
 *  - It has one connection: transactions run one after another, so a slow one holds up everybody. Kysely's dialect and
 *    PGlite itself queue them; nothing here may await something else inside a transaction.
 *  - One statement a query; only `exec` takes several (migrations).
 *  - `bigint` comes as a number or a BigInt by size; here always as a number, as from the other adapter.
 */
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import type { Release } from '../../contracts/ports.ts';
import { onDisk } from '../data-directory/file-errors.ts';
import { type Database, SCHEMA } from './database.ts';
import { holdDirectory } from './directory-lock.ts';
import { DurableFS } from './pglite-fs.ts';
import type { Schema } from './schema.ts';

const INT8 = 20;

/** How PGlite must be started wherever Lineup's tables live in it. */
export const pgliteOptions = { parsers: { [INT8]: Number } };

/** How it is started on a disk: `fs` syncs, and so does it. */
export const durableOptions = (fs: DurableFS) => ({
  ...pgliteOptions,
  fs,
  // Without `-F` (no fsync); and by fsync, since the fdatasync of PGlite's libc does nothing.
  startParams: [
    ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
    '-c',
    'wal_sync_method=fsync',
  ],
});

/** Opens (and at first creates) the database in `<dataDirectory>/db`. @throws {LineupError} see `openDatabase` */
export async function openPglite(dataDirectory: string): Promise<Database> {
  const release = await holdDirectory(dataDirectory);
  try {
    const pglite = await onDisk(dataDirectory, () =>
      PGlite.create(durableOptions(new DurableFS(join(dataDirectory, 'db')))),
    );
    return wrapPglite(pglite, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** A database on a PGlite that is open already; `release` is called when both are closed. */
export function wrapPglite(pglite: PGlite, release: Release): Database {
  const db = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite }) }).withSchema(SCHEMA);
  return {
    db,
    connection: { kind: 'pglite', pglite },
    // It is ours alone.
    explain: (error) => error,
    close: async () => {
      await pglite.close();
      release();
    },
  };
}
