/**
 * Settings of the installation (notifications, retention, …): for each key a JSON value, and a sealed secret if it
 * needs one.
 */
import { type Actor, system } from '../../domain/people/people.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { Db } from '../database/database.ts';
import { json } from '../database/schema.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { settingCell } from '../secrets/stored-secrets.ts';
import { randomText } from '../secrets/unguessable.ts';

/** The stored values by key. The caller checks each value against the schema of its key. */
export async function readStored(db: Db): Promise<ReadonlyMap<string, unknown>> {
  const rows = await db.selectFrom('settings').select(['key', 'value']).execute();
  return new Map(rows.map(({ key, value }) => [key, value]));
}

/** The secret of a setting, if it has one. */
export async function revealSetting(db: Db, box: SecretBox, key: string): Promise<Secret | undefined> {
  const row = await db.selectFrom('settings').select('secret').where('key', '=', key).executeTakeFirst();
  return row?.secret ? box.open(row.secret, settingCell(key)) : undefined;
}

export interface SettingChange {
  readonly value: unknown;
  /** A new secret; `null` removes it, and `undefined` keeps the present one. */
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
    ...(secret !== undefined && { secret: secret && box.seal(secret, settingCell(key)) }),
    updated_by: actor.name,
    updated_at: now,
  };
  await db
    .insertInto('settings')
    .values({ key, ...changed })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(changed))
    .execute();
}

/** The setting that has the secret of session cookies. */
export const SIGN_IN = 'sign_in';

/**
 * The secret that signs session cookies. It is made once and sealed. All processes have the same, also after a
 * rotation of the keys.
 */
export async function sessionSecret(db: Db, box: SecretBox, now: Date): Promise<Secret> {
  const made = new Secret(randomText('base64url'));
  // When two processes start for the first time, the later one finds the secret of the earlier one.
  await db
    .insertInto('settings')
    .values({
      key: SIGN_IN,
      value: json({}),
      secret: box.seal(made, settingCell(SIGN_IN)),
      updated_by: system.name,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  return (await revealSetting(db, box, SIGN_IN)) ?? made;
}
