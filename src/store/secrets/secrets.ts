/** Opens the secret box of an installation. Every start checks its keys against the secrets in the database. */
import { sql } from 'kysely';
import { LineupError } from '../../contracts/errors.ts';
import { Secret } from '../../contracts/secret.ts';
import { type Db, SCHEMA, type Tx } from '../database/database.ts';
import { type MasterKey, SecretBox, UnsealError } from './secret-box.ts';
import { addKeyToFile, keyFile, readKeys } from './secret-keys.ts';
import { checkCell } from './stored-secrets.ts';

export interface SecretOptions {
  /** The content of LINEUP_SECRET_KEY, if it is set. */
  value: Secret | undefined;
  dataDirectory: string;
  now: Date;
  /**
   * Whether the very first start may make the key file. False with a PostgreSQL server: the data directory may be
   * lost with the machine while the database stays, and then nobody can open the stored credentials.
   */
  mayMakeKey: boolean;
  /** Called with the path of a new key file. This is the moment to say that it needs a backup. */
  onKeyMade?: ((path: string) => void) | undefined;
}

/**
 * Opens the box. The very first start makes the key file, if no key is given and `mayMakeKey` allows it.
 * @throws {LineupError} `secret_key_wrong` when the secrets of the database have another key; `secret_key_missing`
 *   when there is no key and none may be made; `invalid_configuration` for an invalid key
 */
export async function openSecrets(db: Db, options: SecretOptions): Promise<SecretBox> {
  return db.transaction().execute(async (tx) => {
    // Two processes at their first start must agree on one key.
    await sql`lock table ${sql.table(`${SCHEMA}.secret_keys`)} in exclusive mode`.execute(tx);
    const known = await tx.selectFrom('secret_keys').selectAll().execute();
    const keys = await keysFor(known.length > 0, options);
    const box = new SecretBox(keys);
    for (const row of known) verify(box, row.key_id, row.check_value);
    if (!known.some((row) => row.key_id === box.keyId)) await storeCheckValue(tx, box, options.now);
    return box;
  });
}

async function keysFor(used: boolean, options: SecretOptions): Promise<MasterKey[]> {
  const keys = await readKeys(options.value, options.dataDirectory);
  if (keys.length > 0) return keys;
  // A new key beside old secrets would only hide that the old key is missing.
  if (used) {
    throw new LineupError(
      'secret_key_wrong',
      `The database holds secrets, but their key is missing. Set LINEUP_SECRET_KEY, or put the key file back at ${options.dataDirectory}/secret.key.`,
    );
  }
  if (!options.mayMakeKey) throw missingKey(options.dataDirectory);
  const made = await addKeyToFile(options.dataDirectory);
  options.onKeyMade?.(keyFile(options.dataDirectory));
  return made;
}

const missingKey = (dataDirectory: string): LineupError =>
  new LineupError(
    'secret_key_missing',
    'There is no key for the stored credentials (LINEUP_SECRET_KEY is not set). With a PostgreSQL server, Lineup does not create one by itself. If the key were lost with the disk of this machine, nobody could read the stored credentials. Create a key, give it to every process, then start again:',
    {
      fields: [
        '1. Create a key, and keep a copy of it in a safe place: openssl rand -base64 32',
        `2. Set LINEUP_SECRET_KEY to that key for every process, or put it into ${keyFile(dataDirectory)} (mode 0600) on a permanent disk.`,
      ].map((message) => ({ path: '', message, sentence: undefined })),
    },
  );

function verify(box: SecretBox, keyId: string, checkValue: string): void {
  try {
    box.open(checkValue, checkCell(keyId));
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    throw new LineupError(
      'secret_key_wrong',
      `The secret key is not the key that encrypted this database's secrets (key ${keyId}). Start with that key (LINEUP_SECRET_KEY, or the file secret.key in the data directory). To change keys, set LINEUP_SECRET_KEY to <new key>,<old key>, then run: lineup secrets rotate`,
    );
  }
}

async function storeCheckValue(tx: Tx, box: SecretBox, now: Date): Promise<void> {
  await tx
    .insertInto('secret_keys')
    .values({
      key_id: box.keyId,
      check_value: box.seal(new Secret('lineup'), checkCell(box.keyId)),
      created_at: now,
    })
    .execute();
}
