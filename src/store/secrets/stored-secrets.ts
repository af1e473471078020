/** Everything in the database that is sealed: where it is, whether the keys open it, and how it gets a new key. */
import type { Db, Tx } from '../database/database.ts';
import { type MasterKey, type Place, SecretBox, UnsealError } from './secret-box.ts';

/** Where the value is by which a key is known again. */
export const checkPlace = (keyId: string): Place => ({
  table: 'secret_keys',
  row: keyId,
  column: 'check_value',
});

/** Where an authorization's configuration is sealed. */
export const authorizationPlace = (id: string): Place => ({
  table: 'authorizations',
  row: id,
  column: 'configuration',
});

/** Where a notification channel's configuration is sealed. */
export const channelPlace = (id: string): Place => ({
  table: 'notification_channels',
  row: id,
  column: 'configuration',
});

/** Where the key of an upload's content is sealed. */
export const uploadPlace = (id: string): Place => ({ table: 'uploads', row: id, column: 'file_key' });

/** Where the key of what a run has staged is sealed. */
export const stagingKeyPlace = (runId: string): Place => ({
  table: 'staging_keys',
  row: runId,
  column: 'file_key',
});

/** Where a setting's secret part is sealed. */
export const settingPlace = (key: string): Place => ({ table: 'settings', row: key, column: 'secret' });

/**
 * Seals everything anew with the current key and forgets the others, all or nothing. Processes that still seal with an
 * older key fail at their next sealing, so each of them is started with both keys first.
 * @returns how many values were sealed anew
 */
export async function rotateSecrets(db: Db, box: SecretBox): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const sealed =
      (await rotateTable(tx, box, 'authorizations', authorizationPlace)) +
      (await rotateTable(tx, box, 'notification_channels', channelPlace)) +
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
      const place = settingPlace(key);
      await tx
        .updateTable('settings')
        .set({ secret: box.seal(box.open(secret ?? '', place), place) })
        .where('key', '=', key)
        .execute();
    }
    await tx.deleteFrom('secret_keys').where('key_id', '<>', box.keyId).execute();
    return sealed + settings.length;
  });
}

/** The rows of a table whose `configuration` is sealed. */
async function rotateTable(
  tx: Tx,
  box: SecretBox,
  table: 'authorizations' | 'notification_channels',
  placeOf: (id: string) => Place,
): Promise<number> {
  const rows = await tx
    .selectFrom(table)
    .select(['id', 'configuration'])
    .where('key_id', '<>', box.keyId)
    .forUpdate()
    .execute();
  for (const { id, configuration } of rows) {
    const place = placeOf(id);
    await tx
      .updateTable(table)
      .set({ configuration: box.seal(box.open(configuration, place), place), key_id: box.keyId })
      .where('id', '=', id)
      .execute();
  }
  return rows.length;
}

/** Their keys alone: what these have sealed stays as it is. */
async function rotateUploads(tx: Tx, box: SecretBox): Promise<number> {
  const rows = await tx
    .selectFrom('uploads')
    .select(['id', 'file_key'])
    .where('key_id', '<>', box.keyId)
    .forUpdate()
    .execute();
  for (const { id, file_key } of rows) {
    const place = uploadPlace(id);
    await tx
      .updateTable('uploads')
      .set({ file_key: box.seal(box.open(file_key ?? '', place), place), key_id: box.keyId })
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
    const place = stagingKeyPlace(run_id);
    await tx
      .updateTable('staging_keys')
      .set({ file_key: box.seal(box.open(file_key, place), place), key_id: box.keyId })
      .where('run_id', '=', run_id)
      .execute();
  }
  return rows.length;
}

export interface SecretHealth {
  /** Sealed values that there are. */
  readonly sealed: number;
  /** Those of them that the keys open. */
  readonly opened: number;
  /** Whether the database was ever used with one of these keys, or with none at all. */
  readonly known: boolean;
}

export async function examineSecrets(db: Db, keys: readonly MasterKey[]): Promise<SecretHealth> {
  const box = keys.length > 0 ? new SecretBox(keys) : undefined;
  const opens = (value: string, place: Place): boolean => {
    try {
      box?.open(value, place);
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
    opened: sealed.filter(([value, place]) => opens(value, place)).length,
    known: known.every((row) => opens(row.check_value, checkPlace(row.key_id))),
  };
}

async function sealedValues(db: Db): Promise<[value: string, place: Place][]> {
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
    ...authorizations.map((row): [string, Place] => [row.configuration, authorizationPlace(row.id)]),
    ...channels.map((row): [string, Place] => [row.configuration, channelPlace(row.id)]),
    ...uploads.map((row): [string, Place] => [row.file_key ?? '', uploadPlace(row.id)]),
    ...staging.map((row): [string, Place] => [row.file_key, stagingKeyPlace(row.run_id)]),
    ...settings.map((row): [string, Place] => [row.secret ?? '', settingPlace(row.key)]),
  ];
}
