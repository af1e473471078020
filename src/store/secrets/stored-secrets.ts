/** All sealed values of the database: their cells, whether the keys open them, and the rotation to a new key. */
import { sql } from 'kysely';
import { type Db, SCHEMA, type Tx } from '../database/database.ts';
import { LOST } from './lost-credentials.ts';
import { type MasterKey, type SealedCell, SecretBox, UnsealError } from './secret-box.ts';

/** The cell of the value that identifies a key. */
export const checkCell = (keyId: string): SealedCell => ({
  table: 'secret_keys',
  row: keyId,
  column: 'check_value',
});

const cellOf =
  ({ table, column }: SealedColumn) =>
  (row: string): SealedCell => ({ table, row, column });

/** A column with sealed values. */
interface SealedColumn {
  readonly table: string;
  /** The column that identifies a row. */
  readonly id: string;
  readonly column: string;
  /** Whether the table also has a column `key_id`, which repeats the key of the envelope. */
  readonly hasKeyId: boolean;
}

/**
 * Every column with sealed values. What is added here is checked, rotated and forgotten (`forget.ts`) like the others.
 */
const columns = {
  authorizations: { table: 'authorizations', id: 'id', column: 'configuration', hasKeyId: true },
  /** Access tokens that expire, of authorizations. */
  tokens: { table: 'authorization_tokens', id: 'authorization_id', column: 'token', hasKeyId: true },
  channels: { table: 'notification_channels', id: 'id', column: 'configuration', hasKeyId: true },
  /** The key of an upload's content. The file itself is not sealed again. */
  uploads: { table: 'uploads', id: 'id', column: 'file_key', hasKeyId: true },
  /** The key of a run's staged files. */
  runs: { table: 'staging_keys', id: 'run_id', column: 'file_key', hasKeyId: true },
  /** Refresh tokens of the provider of single sign-on. */
  signOns: { table: 'single_sign_ons', id: 'user_id', column: 'refresh_token', hasKeyId: true },
  /** What signs the webhooks of a job. */
  webhooks: { table: 'webhook_secrets', id: 'id', column: 'secret', hasKeyId: true },
  /** The secret of a setting. */
  settings: { table: 'settings', id: 'key', column: 'secret', hasKeyId: false },
} as const satisfies Record<string, SealedColumn>;

export type SealedKind = keyof typeof columns;
const kinds = Object.keys(columns) as SealedKind[];

export const authorizationCell = cellOf(columns.authorizations);
export const tokenCell = cellOf(columns.tokens);
export const channelCell = cellOf(columns.channels);
export const uploadCell = cellOf(columns.uploads);
export const stagingKeyCell = cellOf(columns.runs);
export const signOnCell = cellOf(columns.signOns);
export const webhookSecretCell = cellOf(columns.webhooks);
export const settingCell = cellOf(columns.settings);

/**
 * Seals everything again with the current key and removes the others. A process that still has only an older key cannot
 * read anything from then on, so nobody may use the database without the current key (`../coordination/presence.ts`).
 * @returns how many values were sealed again
 */
export async function rotateSecrets(tx: Tx, box: SecretBox): Promise<number> {
  let sealed = 0;
  for (const kind of kinds) sealed += await rotateColumn(tx, box, columns[kind]);
  await tx.deleteFrom('secret_keys').where('key_id', '<>', box.keyId).execute();
  return sealed;
}

async function rotateColumn(tx: Tx, box: SecretBox, place: SealedColumn): Promise<number> {
  const rows = await valuesOf(tx, place, box.keyId);
  for (const { id, value } of rows) {
    const cell = cellOf(place)(id);
    await sql`
      update ${tableOf(place)}
      set ${sql.ref(place.column)} = ${box.seal(box.open(value, cell), cell)} ${place.hasKeyId ? sql`, key_id = ${box.keyId}` : sql``}
      where ${sql.ref(place.id)} = ${id}`.execute(tx);
  }
  if (place.hasKeyId) {
    await sql`
      update ${tableOf(place)} set key_id = ${box.keyId}
      where key_id <> ${box.keyId} and ${sql.ref(place.column)} = ${LOST}`.execute(tx);
  }
  return rows.length;
}

const tableOf = ({ table }: SealedColumn) => sql.table(`${SCHEMA}.${table}`);

interface SealedValue {
  readonly id: string;
  readonly value: string;
}

/** The sealed values of a column. @param exceptKey without those of this key, and locked */
async function valuesOf(db: Db, place: SealedColumn, exceptKey?: string): Promise<readonly SealedValue[]> {
  const value = sql.ref(place.column);
  const { rows } = await sql<SealedValue>`
    select ${sql.ref(place.id)} as id, ${value} as value from ${tableOf(place)}
    where ${value} <> ${LOST} ${exceptKey === undefined ? sql`` : sql`and ${value} not like ${`v1.${exceptKey}.%`}`}
    order by ${sql.ref(place.id)} ${exceptKey === undefined ? sql`` : sql`for update`}`.execute(db);
  return rows;
}

export interface SecretHealth {
  /** The number of sealed values. */
  readonly sealed: number;
  /** How many of them the keys open. */
  readonly opened: number;
  /** Whether the keys open all check values. True for a database that has none yet. */
  readonly known: boolean;
  /** The keys that the database needs, by their ids. */
  readonly needed: readonly string[];
  /** What the keys do not open: the ids of the rows. */
  readonly lost: Readonly<Record<SealedKind, readonly string[]>>;
  /** How many credentials were lost with an earlier key, and wait for a person who enters them again. */
  readonly toEnter: number;
}

/** Checks whether the keys open the sealed values. It writes nothing, and reveals nothing of them. */
export async function examineSecrets(db: Db, keys: readonly MasterKey[]): Promise<SecretHealth> {
  const box = keys.length > 0 ? new SecretBox(keys) : undefined;
  const opens = (value: string, cell: SealedCell): boolean => {
    try {
      box?.open(value, cell);
      return box !== undefined;
    } catch (error) {
      if (error instanceof UnsealError) return false;
      throw error;
    }
  };
  let sealed = 0;
  let opened = 0;
  const lost: Record<SealedKind, readonly string[]> = { ...nothingLost };
  for (const kind of kinds) {
    const values = await valuesOf(db, columns[kind]);
    lost[kind] = values.filter(({ id, value }) => !opens(value, cellOf(columns[kind])(id))).map(({ id }) => id);
    sealed += values.length;
    opened += values.length - lost[kind].length;
  }
  const checks = await db.selectFrom('secret_keys').selectAll().orderBy('key_id').execute();
  return {
    sealed,
    opened,
    known: checks.every((row) => opens(row.check_value, checkCell(row.key_id))),
    needed: checks.map((row) => row.key_id),
    lost,
    toEnter: await countToEnter(db),
  };
}

const nothingLost: Readonly<Record<SealedKind, readonly string[]>> = {
  authorizations: [],
  tokens: [],
  channels: [],
  uploads: [],
  runs: [],
  signOns: [],
  webhooks: [],
  settings: [],
};

async function countToEnter(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (select count(*) from ${tableOf(columns.authorizations)} where configuration = ${LOST})
      + (select count(*) from ${tableOf(columns.channels)} where configuration = ${LOST}) as count`.execute(db);
  return Number(rows[0]?.count ?? 0);
}
