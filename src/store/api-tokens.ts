/**
 * API tokens: shown once when made, kept as a hash. 256 random bits cannot be guessed, so a plain SHA-256 protects them as well
 * as a slow hash would, and can be looked up.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Actor, ApiToken, Role } from '../contracts/people.ts';
import { Secret } from '../contracts/secret.ts';
import type { Db } from './database.ts';
import { newId } from './ids.ts';
import { notFound } from './repository-errors.ts';

/** Recognisable for scanners that look for leaked secrets. */
const PREFIX = 'lineup_';
/** How exactly `last_used_at` is kept: no write per request. */
const USED_EVERY_MS = 60_000;

const shown = [
  'id',
  'name',
  'role',
  'hint',
  'created_by',
  'created_at',
  'expires_at',
  'last_used_at',
] as const;

const hash = (token: Secret): string => createHash('sha256').update(token.reveal()).digest('hex');

export interface NewApiToken {
  readonly name: string;
  readonly role: Role;
  /** Null: until it is revoked. */
  readonly expiresAt: Date | null;
}

/** @returns the token itself, for this once, and its entry */
export async function createApiToken(
  db: Db,
  input: NewApiToken,
  actor: Actor,
  now: Date,
): Promise<{ token: Secret; entry: ApiToken }> {
  const token = new Secret(`${PREFIX}${randomBytes(32).toString('base64url')}`);
  const row = await db
    .insertInto('api_tokens')
    .values({
      id: newId('tok'),
      name: input.name,
      role: input.role,
      token_hash: hash(token),
      hint: token.reveal().slice(-4),
      created_by: actor.name,
      created_at: now,
      expires_at: input.expiresAt,
    })
    .returning(shown)
    .executeTakeFirstOrThrow();
  return { token, entry: entryOf(row) };
}

/** Who a token is, or undefined when it is unknown, expired or revoked. */
export async function authenticateApiToken(
  db: Db,
  token: Secret,
  now: Date,
): Promise<(Actor & { role: Role }) | undefined> {
  const row = await db
    .selectFrom('api_tokens')
    .select(['id', 'name', 'role', 'last_used_at'])
    .where('token_hash', '=', hash(token))
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]))
    .executeTakeFirst();
  if (!row) return undefined;
  if (!row.last_used_at || now.getTime() - row.last_used_at.getTime() > USED_EVERY_MS) {
    await db.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', row.id).execute();
  }
  return { id: row.id, name: row.name, role: row.role };
}

/** Those that were not revoked, newest first. */
export async function listApiTokens(db: Db): Promise<ApiToken[]> {
  const rows = await db
    .selectFrom('api_tokens')
    .select(shown)
    .where('revoked_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
  return rows.map(entryOf);
}

/** @throws {LineupError} `not_found` */
export async function revokeApiToken(db: Db, id: string, now: Date): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('api_tokens')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw notFound('API token', id);
}

interface Row extends Omit<ApiToken, 'created_at' | 'expires_at' | 'last_used_at'> {
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
}

const entryOf = (row: Row): ApiToken => ({
  ...row,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at?.toISOString() ?? null,
  last_used_at: row.last_used_at?.toISOString() ?? null,
});
