/** The access tokens of authorizations: sealed, in the database, so that all processes of the service share them. */
import type { LeaseClaim } from '../../contracts/job-store.ts';
import type { Leases, StoredToken, TokenStore } from '../../contracts/ports.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { assertHeld } from '../coordination/lease-table.ts';
import { type Db, type Tx, transaction } from '../database/database.ts';
import { type SecretBox, UnsealError } from '../secrets/secret-box.ts';
import { tokenCell } from '../secrets/stored-secrets.ts';
import { readTokenText, tokenText } from '../secrets/token-text.ts';
import { inDatabase } from './repository-errors.ts';

/** The name of the lease that is the turn to mint the next token. */
export const turnOf = (authorizationId: string): string => `token:${authorizationId}`;

/** The token of the authorization. */
export const storedToken = (db: Db, box: SecretBox, leases: Leases, authorizationId: string): TokenStore => ({
  read: () => inDatabase(tokenRefused, () => readToken(db, box, authorizationId)),
  tryTurn: async () => {
    const lease = await inDatabase(tokenRefused, () => leases.tryTake([turnOf(authorizationId)]));
    return (
      lease && {
        lost: lease.lost,
        save: (token) =>
          inDatabase(tokenRefused, () =>
            transaction(db, (tx) => saveToken(tx, box, lease, { authorizationId, token })),
          ),
        release: lease.release,
      }
    );
  },
});

/** @throws {UnsealError} `secret_key_wrong` when this process does not have its key */
export async function readToken(db: Db, box: SecretBox, authorizationId: string): Promise<StoredToken | undefined> {
  const row = await db
    .selectFrom('authorization_tokens')
    .select('token')
    .where('authorization_id', '=', authorizationId)
    .executeTakeFirst();
  return row && open(box, row.token, authorizationId);
}

/** @throws {LineupError} `run_taken_over` when the turn is lost */
export async function saveToken(
  tx: Tx,
  box: SecretBox,
  turn: LeaseClaim,
  { authorizationId, token }: { readonly authorizationId: string; readonly token: StoredToken },
): Promise<void> {
  await assertHeld(tx, turn);
  const row = { token: box.seal(tokenText(token), tokenCell(authorizationId)), key_id: box.keyId };
  await tx
    .insertInto('authorization_tokens')
    .values({ authorization_id: authorizationId, ...row })
    .onConflict((on) => on.column('authorization_id').doUpdateSet(row))
    .execute();
}

/** @throws {UnsealError} `secret_key_wrong` when this process does not have its key */
function open(box: SecretBox, envelope: string, authorizationId: string): StoredToken | undefined {
  try {
    return readTokenText(box.open(envelope, tokenCell(authorizationId)));
  } catch (error) {
    if (!(error instanceof UnsealError) || error.retryable) throw error;
    // It was changed in the database. The next one is minted with the credentials, or a person connects again.
    return undefined;
  }
}

/** What the database failed to do. */
export const tokenRefused = sentence`The database did not return or store an access token.`;
