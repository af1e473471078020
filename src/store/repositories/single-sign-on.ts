/** People who sign in by the provider of single sign-on: what it last said, and what follows for the account. */
import { sql } from 'kysely';
import { OIDC } from '../../contracts/single-sign-on.ts';
import { type DisabledBecause, disabledBecause, type Role, role } from '../../domain/people/people.ts';
import type { Secret } from '../../domain/values/secret.ts';
import type { Db, Tx } from '../database/database.ts';
import { type SecretBox, UnsealError } from '../secrets/secret-box.ts';
import { signOnCell } from '../secrets/stored-secrets.ts';

/** The user with this subject at the provider; undefined for somebody who has never signed in by it. */
export async function userOfSubject(db: Db, subject: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select user_id as id from lineup.accounts where provider_id = ${OIDC} and account_id = ${subject}`.execute(db);
  return rows[0]?.id;
}

/** Whether a user has signed in by the provider. */
export async function signsInByProvider(db: Db, userId: string): Promise<boolean> {
  const { rows } = await sql`
    select from lineup.accounts where provider_id = ${OIDC} and user_id = ${userId}`.execute(db);
  return rows.length > 0;
}

export interface Account {
  readonly id: string;
  readonly role: Role | null;
  readonly disabled: boolean;
  readonly because: DisabledBecause | null;
}

export async function lockAccount(tx: Tx, userId: string): Promise<Account | undefined> {
  const row = await tx
    .selectFrom('users')
    .select(['id', 'role', 'banned', 'disabled_because'])
    .where('id', '=', userId)
    .forUpdate()
    .executeTakeFirst();
  return (
    row && {
      id: row.id,
      role: role.nullable().catch(null).parse(row.role),
      disabled: row.banned === true,
      because: disabledBecause.nullable().catch(null).parse(row.disabled_because),
    }
  );
}

export async function changeRole(tx: Tx, userId: string, held: Role, now: Date): Promise<void> {
  await tx.updateTable('users').set({ role: held, updated_at: now }).where('id', '=', userId).execute();
}

/** Also ends the sessions. */
export async function disableAccount(
  tx: Tx,
  userId: string,
  because: DisabledBecause,
  by: string,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('users')
    .set({ banned: true, disabled_at: now, disabled_by: by, disabled_because: because, updated_at: now })
    .where('id', '=', userId)
    .execute();
  await endSessions(tx, { userId });
}

export async function enableAccount(tx: Tx, userId: string, now: Date): Promise<void> {
  await tx
    .updateTable('users')
    .set({ banned: false, disabled_at: null, disabled_by: null, disabled_because: null, updated_at: now })
    .where('id', '=', userId)
    .execute();
}

/** @returns of whom how many sessions were ended */
export async function endSessions(
  db: Db,
  { userId, providerSession }: { readonly userId?: string | undefined; readonly providerSession?: string | undefined },
): Promise<ReadonlyMap<string, number>> {
  if (userId === undefined && providerSession === undefined) throw new Error('whose sessions?');
  const { rows } = await sql<{ user_id: string }>`
    delete from lineup.sessions
    where ${userId === undefined ? sql`true` : sql`user_id = ${userId}`}
      and ${providerSession === undefined ? sql`true` : sql`provider_session_id = ${providerSession}`}
    returning user_id`.execute(db);
  return countsOf(rows);
}

/** Ends the sessions of people of whom the provider has said nothing since `since`. @returns as `endSessions` */
export async function endUnconfirmedSessions(db: Db, since: Date): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ user_id: string }>`
    delete from lineup.sessions as session
    where exists (select from lineup.accounts where provider_id = ${OIDC} and user_id = session.user_id)
      and not exists (
        select from lineup.single_sign_ons as own where own.user_id = session.user_id and own.confirmed_at > ${since})
    returning user_id`.execute(db);
  return countsOf(rows);
}

function countsOf(rows: readonly { user_id: string }[]): ReadonlyMap<string, number> {
  const grouped = Map.groupBy(rows, ({ user_id }) => user_id);
  return new Map([...grouped].map(([id, ended]) => [id, ended.length]));
}

/** Whether there is an administrator who can sign in: with a password, or by the provider. */
export async function hasAdministrator(db: Db): Promise<boolean> {
  const { rows } = await sql`
    select from lineup.users as held
    where held.role = 'administrator' and held.banned is not true
      and exists (
        select from lineup.accounts
        where user_id = held.id and (provider_id = ${OIDC} or password is not null))
    limit 1`.execute(db);
  return rows.length > 0;
}

/** Keeps that the provider let a person in. @param token null when it gave none */
export async function keepSignOn(
  tx: Tx,
  box: SecretBox,
  userId: string,
  token: Secret | null,
  now: Date,
): Promise<void> {
  const row = { ...sealed(box, userId, token), confirmed_at: now, checked_at: now };
  await tx
    .insertInto('single_sign_ons')
    .values({ user_id: userId, ...row })
    .onConflict((on) => on.column('user_id').doUpdateSet(row))
    .execute();
}

const sealed = (box: SecretBox, userId: string, token: Secret | null) => ({
  refresh_token: token && box.seal(token, signOnCell(userId)),
  key_id: token && box.keyId,
});

/** Somebody about whom the provider can be asked. */
export interface KnownSignOn {
  readonly userId: string;
  readonly subject: string;
  /** Undefined when the keys do not open it. */
  readonly token: Secret | undefined;
  /** The token as it is stored: whoever changes the row, does it only while this one is there. */
  readonly envelope: string;
}

/** Whoever was not checked since `before`, the longest ago first. Nobody needs to be asked about disabled people. */
export async function dueSignOns(db: Db, box: SecretBox, before: Date, most: number): Promise<KnownSignOn[]> {
  const { rows } = await sql<{ user_id: string; subject: string; refresh_token: string }>`
    select own.user_id, account.account_id as subject, own.refresh_token
    from lineup.single_sign_ons as own
    join lineup.users as held on held.id = own.user_id and held.banned is not true
    join lineup.accounts as account on account.user_id = own.user_id and account.provider_id = ${OIDC}
    where own.refresh_token is not null and own.checked_at <= ${before}
    order by own.checked_at, own.user_id limit ${most}`.execute(db);
  return rows.map(({ user_id, subject, refresh_token }) => ({
    userId: user_id,
    subject,
    token: opened(box, user_id, refresh_token),
    envelope: refresh_token,
  }));
}

function opened(box: SecretBox, userId: string, envelope: string): Secret | undefined {
  try {
    return box.open(envelope, signOnCell(userId));
  } catch (error) {
    // Somebody changed it in the database, or its key is elsewhere. The next sign-in brings another one.
    if (error instanceof UnsealError) return undefined;
    throw error;
  }
}

/** @returns the token as it is stored; undefined when a sign-in has brought another one meanwhile, which then stays */
export async function replaceToken(
  db: Db,
  box: SecretBox,
  { userId, envelope }: Pick<KnownSignOn, 'userId' | 'envelope'>,
  token: Secret | null,
): Promise<string | undefined> {
  const row = sealed(box, userId, token);
  const { numUpdatedRows } = await db
    .updateTable('single_sign_ons')
    .set(row)
    .where('user_id', '=', userId)
    .where('refresh_token', '=', envelope)
    .executeTakeFirst();
  return numUpdatedRows > 0n ? (row.refresh_token ?? '') : undefined;
}

/** Keeps when the provider was asked. @param confirmed whether it said that the person may come in */
export async function keepCheck(db: Db, userId: string, checkedAt: Date, confirmed: boolean): Promise<void> {
  await db
    .updateTable('single_sign_ons')
    .set({ checked_at: checkedAt, ...(confirmed && { confirmed_at: checkedAt }) })
    .where('user_id', '=', userId)
    .execute();
}

/** @returns false for one that was used before */
export async function takeLogoutToken(db: Db, id: string, expiresAt: Date): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('logout_tokens')
    .values({ id, expires_at: expiresAt })
    .onConflict((on) => on.column('id').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function purgeLogoutTokens(db: Db, now: Date): Promise<void> {
  await db.deleteFrom('logout_tokens').where('expires_at', '<', now).execute();
}
