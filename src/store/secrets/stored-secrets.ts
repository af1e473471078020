/** All sealed values of the database: their cells, whether the keys open them, and the rotation to a new key. */
import type { Db, Tx } from '../database/database.ts';
import { type MasterKey, type SealedCell, SecretBox, UnsealError } from './secret-box.ts';

/** The cell of the value that identifies a key. */
export const checkCell = (keyId: string): SealedCell => ({
  table: 'secret_keys',
  row: keyId,
  column: 'check_value',
});

export const authorizationCell = (id: string): SealedCell => ({
  table: 'authorizations',
  row: id,
  column: 'configuration',
});

export const channelCell = (id: string): SealedCell => ({
  table: 'notification_channels',
  row: id,
  column: 'configuration',
});

/** The key of an upload's content. */
export const uploadCell = (id: string): SealedCell => ({ table: 'uploads', row: id, column: 'file_key' });

/** The key of a run's staged files. */
export const stagingKeyCell = (runId: string): SealedCell => ({
  table: 'staging_keys',
  row: runId,
  column: 'file_key',
});

/** The secret of a setting. */
export const settingCell = (key: string): SealedCell => ({ table: 'settings', row: key, column: 'secret' });

/**
 * Seals everything again with the current key and removes the others, all or nothing. A process that still has only
 * an older key fails from then on. So start each process with both keys first.
 * @returns how many values were sealed again
 */
export async function rotateSecrets(db: Db, box: SecretBox): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const sealed =
      (await rotateTable(tx, box, 'authorizations', authorizationCell)) +
      (await rotateTable(tx, box, 'notification_channels', channelCell)) +
      (await rotateUploads(tx, box)) +
      (await rotateStagingKeys(tx, box));
    const settings = await tx
      .selectFrom('settings')
      .select(['key', 'secret'])
      .where('secret', 'is not', null)
      .where('secret', 'not like', `v1.${box.keyId}.%`)
      .forUpdate()
      .execute();
    for (const { key, secret } of settings) {
      const cell = settingCell(key);
      await tx
        .updateTable('settings')
        .set({ secret: box.seal(box.open(secret ?? '', cell), cell) })
        .where('key', '=', key)
        .execute();
    }
    await tx.deleteFrom('secret_keys').where('key_id', '<>', box.keyId).execute();
    return sealed + settings.length;
  });
}

/** A table with a sealed `configuration`. */
async function rotateTable(
  tx: Tx,
  box: SecretBox,
  table: 'authorizations' | 'notification_channels',
  cellOf: (id: string) => SealedCell,
): Promise<number> {
  const rows = await tx
    .selectFrom(table)
    .select(['id', 'configuration'])
    .where('key_id', '<>', box.keyId)
    .forUpdate()
    .execute();
  for (const { id, configuration } of rows) {
    const cell = cellOf(id);
    await tx
      .updateTable(table)
      .set({ configuration: box.seal(box.open(configuration, cell), cell), key_id: box.keyId })
      .where('id', '=', id)
      .execute();
  }
  return rows.length;
}

/** Only the keys of uploads. The uploaded files are not encrypted again. */
async function rotateUploads(tx: Tx, box: SecretBox): Promise<number> {
  const rows = await tx
    .selectFrom('uploads')
    .select(['id', 'file_key'])
    .where('key_id', '<>', box.keyId)
    .forUpdate()
    .execute();
  for (const { id, file_key } of rows) {
    const cell = uploadCell(id);
    await tx
      .updateTable('uploads')
      .set({ file_key: box.seal(box.open(file_key ?? '', cell), cell), key_id: box.keyId })
      .where('id', '=', id)
      .execute();
  }
  return rows.length;
}

async function rotateStagingKeys(tx: Tx, box: SecretBox): Promise<number> {
  const rows = await tx
    .selectFrom('staging_keys')
    .select(['run_id', 'file_key'])
    .where('key_id', '<>', box.keyId)
    .forUpdate()
    .execute();
  for (const { run_id, file_key } of rows) {
    const cell = stagingKeyCell(run_id);
    await tx
      .updateTable('staging_keys')
      .set({ file_key: box.seal(box.open(file_key, cell), cell), key_id: box.keyId })
      .where('run_id', '=', run_id)
      .execute();
  }
  return rows.length;
}

export interface SecretHealth {
  /** The number of sealed values. */
  readonly sealed: number;
  /** How many of them the keys open. */
  readonly opened: number;
  /** Whether the keys open all check values. True for a database that has none yet. */
  readonly known: boolean;
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
  const known = await db.selectFrom('secret_keys').selectAll().execute();
  const sealed = await sealedValues(db);
  return {
    sealed: sealed.length,
    opened: sealed.filter(([value, cell]) => opens(value, cell)).length,
    known: known.every((row) => opens(row.check_value, checkCell(row.key_id))),
  };
}

async function sealedValues(db: Db): Promise<[value: string, cell: SealedCell][]> {
  const authorizations = await db.selectFrom('authorizations').select(['id', 'configuration']).execute();
  const channels = await db.selectFrom('notification_channels').select(['id', 'configuration']).execute();
  const uploads = await db
    .selectFrom('uploads')
    .select(['id', 'file_key'])
    .where('file_key', 'is not', null)
    .execute();
  const staging = await db.selectFrom('staging_keys').select(['run_id', 'file_key']).execute();
  const settings = await db
    .selectFrom('settings')
    .select(['key', 'secret'])
    .where('secret', 'is not', null)
    .execute();
  return [
    ...authorizations.map((row): [string, SealedCell] => [row.configuration, authorizationCell(row.id)]),
    ...channels.map((row): [string, SealedCell] => [row.configuration, channelCell(row.id)]),
    ...uploads.map((row): [string, SealedCell] => [row.file_key ?? '', uploadCell(row.id)]),
    ...staging.map((row): [string, SealedCell] => [row.file_key, stagingKeyCell(row.run_id)]),
    ...settings.map((row): [string, SealedCell] => [row.secret ?? '', settingCell(row.key)]),
  ];
}
