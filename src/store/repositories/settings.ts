/** Settings of the installation (notifications, retention, …): a JSON value a key, and a sealed part where one is needed. */
import type { Actor } from '../../contracts/people.ts';
import type { Secret } from '../../contracts/secret.ts';
import type { Db } from '../database/database.ts';
import { json } from '../database/schema.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { settingPlace } from '../secrets/secrets.ts';

/** The values as they were written, by key; whoever reads them checks each against the schema of its key. */
export async function readStored(db: Db): Promise<ReadonlyMap<string, unknown>> {
  const rows = await db.selectFrom('settings').select(['key', 'value']).execute();
  return new Map(rows.map(({ key, value }) => [key, value]));
}

/** The sealed part of a setting, if there is one. */
export async function revealSetting(db: Db, box: SecretBox, key: string): Promise<Secret | undefined> {
  const row = await db.selectFrom('settings').select('secret').where('key', '=', key).executeTakeFirst();
  return row?.secret ? box.open(row.secret, settingPlace(key)) : undefined;
}

export interface SettingChange {
  readonly value: unknown;
  /** A new secret, `null` to remove it, `undefined` to keep the one there is. */
  readonly secret?: Secret | null;
}

export async function writeSetting(
  db: Db,
  box: SecretBox,
  key: string,
  { value, secret }: SettingChange,
  actor: Actor,
  now: Date,
): Promise<void> {
  const changed = {
    value: json(value),
    ...(secret !== undefined && { secret: secret && box.seal(secret, settingPlace(key)) }),
    updated_by: actor.name,
    updated_at: now,
  };
  await db
    .insertInto('settings')
    .values({ key, ...changed })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(changed))
    .execute();
}
