/** The secret box of an installation: the keys that are here, held against the database's secrets at every start. */
import { sql } from 'kysely';
import { LineupError } from '../../contracts/errors.ts';
import { Secret } from '../../contracts/secret.ts';
import { type Db, SCHEMA, type Tx } from '../database/database.ts';
import { type MasterKey, SecretBox, UnsealError } from './secret-box.ts';
import { addKeyToFile, keyFile, readKeys } from './secret-keys.ts';
import { checkPlace } from './stored-secrets.ts';

export interface SecretOptions {
  /** The content of LINEUP_SECRET_KEY, if it is set. */
  value: Secret | undefined;
  dataDirectory: string;
  /**
   * Whether the first start of all may make the key file. Not where the database is a server: the data directory may then be gone
   * with the machine while the database stays, and nobody can open the stored credentials any more.
   */
  mayMakeKey: boolean;
  /** Told where the key file is that was made now: the one moment to say that it must be backed up. */
  onKeyMade?: ((path: string) => void) | undefined;
}

/**
 * Opens the box; the first start of all, without a key given, makes the key file where it may.
 * @throws {LineupError} `secret_key_wrong` when the database holds secrets under a key that is not here; `secret_key_missing`
 *   when there is no key, and none may be made; `invalid_configuration` for a key that is none
 */
export async function openSecrets(db: Db, options: SecretOptions): Promise<SecretBox> {
  return db.transaction().execute(async (tx) => {
    // Two processes at their first start must agree on one key.
    await sql`lock table ${sql.table(`${SCHEMA}.secret_keys`)} in exclusive mode`.execute(tx);
    const known = await tx.selectFrom('secret_keys').selectAll().execute();
    const keys = await keysFor(known.length > 0, options);
    const box = new SecretBox(keys);
    for (const row of known) verify(box, row.key_id, row.check_value);
    if (!known.some((row) => row.key_id === box.keyId)) await remember(tx, box);
    return box;
  });
}

async function keysFor(used: boolean, options: SecretOptions): Promise<MasterKey[]> {
  const keys = await readKeys(options.value, options.dataDirectory);
  if (keys.length > 0) return keys;
  // Never a new key beside old secrets: it would only hide that the old one is missing.
  if (used) {
    throw new LineupError(
      'secret_key_wrong',
      `The database holds secrets, but their key is missing: set LINEUP_SECRET_KEY, or put the key file back at ${options.dataDirectory}/secret.key.`,
    );
  }
  if (!options.mayMakeKey) throw noKey(options.dataDirectory);
  const made = await addKeyToFile(options.dataDirectory);
  options.onKeyMade?.(keyFile(options.dataDirectory));
  return made;
}

const noKey = (dataDirectory: string): LineupError =>
  new LineupError(
    'secret_key_missing',
    'There is no key for the stored credentials (LINEUP_SECRET_KEY is not set). With a PostgreSQL server Lineup does not make one by itself: a key that is lost with the disk of this machine makes all stored credentials unreadable. Make a key, give it to every process, then start again:',
    {
      fields: [
        '1. Make a key, and keep a copy of it in a safe place: openssl rand -base64 32',
        `2. Set LINEUP_SECRET_KEY to that key for every process, or put it into ${keyFile(dataDirectory)} (mode 0600) on a disk that stays.`,
      ].map((message) => ({ path: '', message, sentence: undefined })),
    },
  );

function verify(box: SecretBox, keyId: string, checkValue: string): void {
  try {
    box.open(checkValue, checkPlace(keyId));
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    throw new LineupError(
      'secret_key_wrong',
      `The secret key is not the one that this database's secrets were sealed with (key ${keyId}). Start with that key (LINEUP_SECRET_KEY, or the file secret.key in the data directory); to change keys, give the new one first and the old one after it, then run: lineup secrets rotate`,
    );
  }
}

async function remember(tx: Tx, box: SecretBox): Promise<void> {
  await tx
    .insertInto('secret_keys')
    .values({
      key_id: box.keyId,
      check_value: box.seal(new Secret('lineup'), checkPlace(box.keyId)),
      created_at: new Date(),
    })
    .execute();
}
