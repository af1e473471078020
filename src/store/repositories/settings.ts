/**
 * Settings of the installation (notifications, retention, …): for each key a JSON value, and a sealed secret if it
 * needs one.
 */
import { sql } from 'kysely';
import { type Actor, system } from '../../domain/people/people.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { Db, Tx } from '../database/database.ts';
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

/**
 * Gives a setting a secret of 32 random bytes, if it has none yet. So all processes have the same, also when several
 * start for the first time at once, and after a rotation of the keys.
 */
export async function makeSecret(
  db: Db,
  box: SecretBox,
  key: string,
  encoding: Parameters<typeof randomText>[0],
  now: Date,
): Promise<void> {
  await db
    .insertInto('settings')
    .values({
      key,
      value: json({}),
      secret: box.seal(new Secret(randomText(encoding)), settingCell(key)),
      updated_by: system.name,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}

/** An arbitrary number that separates these advisory locks from others. */
const SETTING_LOCKS = 7_318_402_664;

/** Nobody else changes this setting until `tx` ends. It may not exist yet, so no row can be locked. */
export async function lockSetting(tx: Tx, key: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, ${SETTING_LOCKS}::bigint))`.execute(tx);
}

/** The section with the mail server of the installation. Its secret is the password. */
export const MAIL = 'mail';

/** The setting that has the secret of session cookies. */
export const SIGN_IN = 'sign_in';

/** The secret that signs session cookies. */
export async function sessionSecret(db: Db, box: SecretBox, now: Date): Promise<Secret> {
  await makeSecret(db, box, SIGN_IN, 'base64url', now);
  const secret = await revealSetting(db, box, SIGN_IN);
  if (!secret) throw new Error('the secret of session cookies was deleted');
  return secret;
}
