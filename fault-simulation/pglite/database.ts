/** A PGlite in memory for histories, with Lineup's tables. It is opened once, and emptied for each history. */
import { sql } from 'kysely';
import { Secret } from '../../src/domain/values/secret.ts';
import { migrate, readMigrations } from '../../src/store/database/migrate.ts';
import { pgliteOptions, wrapPglite } from '../../src/store/database/pglite.ts';
import { createPglite } from '../../src/store/database/prepared-pglite.ts';
import { openSecrets } from '../../src/store/secrets/secrets.ts';
import type { Timeline } from '../engine/timeline.ts';
import type { Storage } from '../world/storage.ts';
import { clockSql } from './clock.ts';
import type { FingerprintDirectory } from './fingerprints.ts';
import { PgliteStorage } from './storage.ts';

/** The authorizations that jobs use. Nobody opens them. */
const AUTHORIZATIONS = ['key-0', 'key-1', 'source'];

export interface PgliteHistories {
  /** Empties the database. @returns what makes the storage of one history */
  begin(): Promise<(timeline: Timeline) => Storage>;
  close(): Promise<void>;
}

export async function openPgliteHistories(): Promise<PgliteHistories> {
  const pglite = await createPglite(pgliteOptions);
  const database = wrapPglite(pglite, () => {});
  const { db } = database;
  const migrations = await readMigrations();
  await migrate(database, migrations);
  // It seals nothing that must stay secret.
  const box = await openSecrets(db, {
    value: new Secret(Buffer.alloc(32, 1).toString('base64')),
    dataDirectory: '',
    now: new Date(0),
    mayMakeKey: false,
  });
  for (const id of AUTHORIZATIONS)
    await sql`
      insert into lineup.authorizations
        (id, provider, method, label, configuration, key_id, created_by, created_at, updated_by, updated_at)
      values (${id}, 'line_ads', 'line_ads_api_key', ${id}, '', ${box.keyId}, 'Aiko', 'epoch', 'Aiko', 'epoch')`.execute(
      db,
    );
  await pglite.exec(clockSql);
  await pglite.exec('create table simulated.messages (run_id text primary key)');
  const places: FingerprintDirectory[] = [];
  const removePlaces = () => {
    for (const place of places.splice(0)) place.remove();
  };
  return {
    begin: async () => {
      removePlaces();
      await pglite.exec(
        'truncate lineup.jobs, lineup.runs, lineup.uploads, lineup.leases, lineup.request_places, lineup.staging_keys, lineup.authorization_tokens, simulated.messages cascade',
      );
      // Of the newer version of an upgrade.
      await sql`delete from lineup.migrations where number > ${migrations.length}`.execute(db);
      return (timeline) => new PgliteStorage({ database, migrations, box, places }, timeline);
    },
    close: () => {
      removePlaces();
      return database.close();
    },
  };
}
