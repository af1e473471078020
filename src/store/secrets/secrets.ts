/** Opens the secret box of an installation. Every start checks its keys against the secrets in the database. */
import { sql } from 'kysely';
import { LineupError } from '../../domain/errors/errors.ts';
import { Secret } from '../../domain/values/secret.ts';
import { type Db, SCHEMA, type Tx, transaction } from '../database/database.ts';
import { FORGET, type MasterKey, SecretBox, UnsealError } from './secret-box.ts';
import { addKeyToFile, keyFile, readKeys, readOldKey } from './secret-keys.ts';
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
  return transaction(db, async (tx) => {
    await lockKeys(tx);
    const box = new SecretBox(await keysFor(tx, options));
    await assertOpens(tx, box);
    await storeCheckValue(tx, box, options.now);
    return box;
  });
}

/** Two processes at their first start must agree on one key, and none may start while another one changes the keys. */
export const lockKeys = async (tx: Tx): Promise<void> => {
  await sql`lock table ${sql.table(`${SCHEMA}.secret_keys`)} in exclusive mode`.execute(tx);
};

async function keysFor(tx: Tx, options: SecretOptions): Promise<MasterKey[]> {
  const keys = await findKeys(tx, options);
  if (keys.length > 0) return keys;
  // A new key beside old secrets would only hide that the old key is missing.
  const [needed] = await neededKeys(tx);
  if (needed) throw keyLost(needed, options.dataDirectory);
  if (!options.mayMakeKey) throw missingKey(options.dataDirectory);
  const made = await addKeyToFile(options.dataDirectory);
  options.onKeyMade?.(keyFile(options.dataDirectory));
  return made;
}

/**
 * The keys of this installation, and those that a rotation has put beside them if the database needs them, as after the
 * restore of an earlier backup.
 */
export async function findKeys(
  db: Db,
  { value, dataDirectory }: Pick<SecretOptions, 'value' | 'dataDirectory'>,
): Promise<MasterKey[]> {
  const keys = await readKeys(value, dataDirectory);
  for (const id of await neededKeys(db)) {
    if (keys.some((key) => key.id === id)) continue;
    const old = await readOldKey(dataDirectory, id);
    if (old) keys.push(old);
  }
  return keys;
}

/** The ids of the keys with which the secrets of the database are encrypted. */
export async function neededKeys(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('secret_keys').select('key_id').orderBy('key_id').execute();
  return rows.map((row) => row.key_id);
}

const keyLost = (keyId: string, dataDirectory: string): LineupError =>
  new LineupError(
    'secret_key_wrong',
    `The database holds secrets that need the key ${keyId}, but that key is missing. Set LINEUP_SECRET_KEY to it, or put it back into ${keyFile(dataDirectory)}. If it is lost, run: ${FORGET}. Then only the stored credentials must be entered again.`,
  );

export const missingKey = (dataDirectory: string): LineupError =>
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

/**
 * Checks that the box opens what every key of the database has sealed.
 * @throws {LineupError} `secret_key_wrong`
 */
export async function assertOpens(db: Db, box: SecretBox): Promise<void> {
  for (const row of await db.selectFrom('secret_keys').selectAll().execute()) {
    try {
      box.open(row.check_value, checkCell(row.key_id));
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error;
      throw new LineupError(
        'secret_key_wrong',
        `The secret key is not the key that encrypted this database's secrets (key ${row.key_id}). Start with that key: set LINEUP_SECRET_KEY, or put it into the file secret.key in the data directory. To change keys, set LINEUP_SECRET_KEY to <new key>,<old key>, then run: lineup secrets rotate. If that key is lost, run: ${FORGET}. Then only the stored credentials must be entered again.`,
      );
    }
  }
}

export async function storeCheckValue(tx: Tx, box: SecretBox, now: Date): Promise<void> {
  await tx
    .insertInto('secret_keys')
    .values({
      key_id: box.keyId,
      check_value: box.seal(new Secret('lineup'), checkCell(box.keyId)),
      created_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
