/** Consents that people have begun in the browser, and who has consented. authorization-tokens.ts has the tokens. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db, Tx } from '../database/database.ts';

export interface ConsentAttempt {
  readonly stateHash: string;
  readonly authorizationId: string;
  /** Of the authorization, when it began. */
  readonly revision: number;
  readonly redirectUri: string;
  readonly replaces: boolean;
}

/** Who has begun an attempt, and with what. */
export interface NewAttempt extends Omit<ConsentAttempt, 'stateHash'> {
  readonly state: string;
  readonly actorId: string;
  readonly expiresAt: Date;
}

const hashOf = (state: string): string => createHash('sha256').update(state).digest('hex');

const columns = ['state_hash', 'authorization_id', 'revision', 'redirect_uri', 'replaces'] as const;

interface Row {
  readonly state_hash: string;
  readonly authorization_id: string;
  readonly revision: number;
  readonly redirect_uri: string;
  readonly replaces: boolean;
}

const asAttempt = (row: Row): ConsentAttempt => ({
  stateHash: row.state_hash,
  authorizationId: row.authorization_id,
  revision: row.revision,
  redirectUri: row.redirect_uri,
  replaces: row.replaces,
});

/** It takes the place of an earlier one of the same person. */
export async function storeAttempt(tx: Tx, { state, ...attempt }: NewAttempt, now: Date): Promise<void> {
  await tx.deleteFrom('consent_attempts').where('expires_at', '<=', now).execute();
  const row = {
    state_hash: hashOf(state),
    revision: attempt.revision,
    redirect_uri: attempt.redirectUri,
    replaces: attempt.replaces,
    tries: 0,
    expires_at: attempt.expiresAt,
  };
  await tx
    .insertInto('consent_attempts')
    .values({ authorization_id: attempt.authorizationId, actor_id: attempt.actorId, ...row })
    .onConflict((on) => on.columns(['authorization_id', 'actor_id']).doUpdateSet(row))
    .execute();
}

/** Whose attempt it is, whoever asks. Undefined for one that has ended. */
export async function attemptWith(
  db: Db,
  state: string,
  now: Date,
): Promise<{ authorizationId: string; actorId: string } | undefined> {
  return db
    .selectFrom('consent_attempts')
    .select(['authorization_id as authorizationId', 'actor_id as actorId'])
    .where('state_hash', '=', hashOf(state))
    .where('expires_at', '>', now)
    .executeTakeFirst();
}

/** Uses up an attempt. Of several who try at once, one gets it. */
export async function takeAttempt(
  db: Db,
  { state, actorId }: { readonly state: string; readonly actorId: string },
  now: Date,
): Promise<ConsentAttempt | undefined> {
  const row = await db
    .deleteFrom('consent_attempts')
    .where('state_hash', '=', hashOf(state))
    .where('actor_id', '=', actorId)
    .where('expires_at', '>', now)
    .returning(columns)
    .executeTakeFirst();
  return row && asAttempt(row);
}

/** The attempt of a person for which a code is entered, `most` times at most: people mistype. */
export async function tryAttempt(
  db: Db,
  {
    authorizationId,
    actorId,
    redirectUri,
    most,
  }: Record<'authorizationId' | 'actorId' | 'redirectUri', string> & {
    readonly most: number;
  },
  now: Date,
): Promise<ConsentAttempt | undefined> {
  const row = await db
    .updateTable('consent_attempts')
    .set({ tries: sql<number>`tries + 1` })
    .where('authorization_id', '=', authorizationId)
    .where('actor_id', '=', actorId)
    .where('redirect_uri', '=', redirectUri)
    .where('tries', '<', most)
    .where('expires_at', '>', now)
    .returning(columns)
    .executeTakeFirst();
  return row && asAttempt(row);
}

export async function endAttempt(tx: Tx, stateHash: string): Promise<void> {
  await tx.deleteFrom('consent_attempts').where('state_hash', '=', stateHash).execute();
}

export interface Consent {
  /** The person here. */
  readonly by: string;
  readonly at: Date;
  /** The person at the destination, in its words. */
  readonly as: string | null;
  /** The account that was chosen, as it was named then. */
  readonly account: { readonly id: string; readonly name: string | null } | null;
}

export async function readConsent(db: Db, authorizationId: string): Promise<Consent | undefined> {
  const row = await db
    .selectFrom('authorization_tokens')
    .select(['consented_by', 'consented_at', 'consented_as', 'account_id', 'account_name'])
    .where('authorization_id', '=', authorizationId)
    .executeTakeFirst();
  if (row?.consented_by == null || row.consented_at === null) return undefined;
  return {
    by: row.consented_by,
    at: row.consented_at,
    as: row.consented_as,
    account: row.account_id === null ? null : { id: row.account_id, name: row.account_name },
  };
}

/** Beside the token, which must be there. */
export async function saveConsent(
  tx: Tx,
  authorizationId: string,
  { by, at, as }: Pick<Consent, 'by' | 'at' | 'as'>,
): Promise<void> {
  await tx
    .updateTable('authorization_tokens')
    .set({ consented_by: by, consented_at: at, consented_as: as })
    .where('authorization_id', '=', authorizationId)
    .execute();
}

/** The consent and its tokens are gone, and so is what somebody has begun. */
export async function forgetConsent(tx: Tx, authorizationId: string): Promise<void> {
  for (const table of ['consent_attempts', 'authorization_tokens'] as const) {
    await tx.deleteFrom(table).where('authorization_id', '=', authorizationId).execute();
  }
}

export async function nameAccount(
  tx: Tx,
  authorizationId: string,
  { id, name }: { readonly id: string; readonly name: string | null },
): Promise<void> {
  await tx
    .updateTable('authorization_tokens')
    .set({ account_id: id, account_name: name })
    .where('authorization_id', '=', authorizationId)
    .execute();
}
