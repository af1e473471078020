/** Whether the keys that are here open what is stored; nothing is written, and nothing of a secret is told. */
import type { Db } from '../database/database.ts';
import { type MasterKey, type Place, SecretBox, UnsealError } from './secret-box.ts';
import {
  authorizationPlace,
  channelPlace,
  checkPlace,
  settingPlace,
  stagingKeyPlace,
  uploadPlace,
} from './secrets.ts';

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
