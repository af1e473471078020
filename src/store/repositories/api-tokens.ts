/**
 * API tokens: shown once, and stored as a hash. Nobody can guess 256 random bits, so a plain SHA-256 protects them as
 * well as a slow hash, and the database can find it.
 */
import { createHash } from 'node:crypto';
import {
  type Actor,
  type ApiToken,
  type Caller,
  lesserRole,
  operator,
  type Role,
  role as roleSchema,
} from '../../domain/people/people.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { Db } from '../database/database.ts';
import { newId, randomText } from '../secrets/unguessable.ts';
import { notFound } from './repository-errors.ts';

/** Scanners for leaked secrets recognise it. */
const PREFIX = 'lineup_';
/** The longest chain of tokens that were made with tokens. */
const MAX_MAKERS = 10;
/** `last_used_at` is written at most this often, and not at every request. */
const LAST_USED_PRECISION_MS = 60_000;

/** The columns that decide what a token may do. */
const rightsColumns = ['id', 'name', 'role', 'maker_id', 'expires_at', 'revoked_at', 'last_used_at'] as const;
const shown = [...rightsColumns, 'hint', 'created_by', 'created_at'] as const;

const hash = (token: Secret): string => createHash('sha256').update(token.reveal()).digest('hex');

export interface NewApiToken {
  readonly name: string;
  readonly role: Role;
  /** Null: it is valid until it is revoked. */
  readonly expiresAt: Date | null;
}

/** @returns the token itself, which is never readable again, and its entry */
export async function createApiToken(
  db: Db,
  input: NewApiToken,
  actor: Actor,
  now: Date,
): Promise<{ token: Secret; entry: ApiToken }> {
  const token = new Secret(`${PREFIX}${randomText('base64url')}`);
  const row = await db
    .insertInto('api_tokens')
    .values({
      id: newId('tok'),
      name: input.name,
      role: input.role,
      token_hash: hash(token),
      hint: token.reveal().slice(-4),
      created_by: actor.name,
      maker_id: actor.id,
      created_at: now,
      expires_at: input.expiresAt,
    })
    .returning(shown)
    .executeTakeFirstOrThrow();
  return { token, entry: await entryOf(db, row, now) };
}

/** The actor of a token. Undefined when it is unknown, expired or revoked, or when its maker has no rights any more. */
export async function authenticateApiToken(
  db: Db,
  token: Secret,
  now: Date,
): Promise<(Caller & { person: string }) | undefined> {
  const row = await db
    .selectFrom('api_tokens')
    .select(rightsColumns)
    .where('token_hash', '=', hash(token))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  const role = row && (await currentRole(db, row, now));
  if (!role) return undefined;
  if (!row.last_used_at || now.getTime() - row.last_used_at.getTime() > LAST_USED_PRECISION_MS) {
    await db.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', row.id).execute();
  }
  return { id: row.id, name: row.name, role, person: await personBehind(db, row.id) };
}

interface TokenRights {
  readonly role: Role;
  readonly maker_id: string | null;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
}

/**
 * The present role of a token: never more than that of its maker, who is the operator, a user, or a token with the
 * same rule. Null when the token is refused.
 */
async function currentRole(db: Db, token: TokenRights, now: Date): Promise<Role | null> {
  let role: Role = token.role;
  let next: TokenRights = token;
  for (let n = 0; n < MAX_MAKERS; n += 1) {
    const { maker_id, expires_at, revoked_at } = next;
    if (revoked_at || (expires_at && expires_at <= now) || maker_id === null) return null;
    if (maker_id === operator.id) return role;
    const maker = await db.selectFrom('api_tokens').select(rightsColumns).where('id', '=', maker_id).executeTakeFirst();
    if (!maker) {
      const user = await roleOfUser(db, maker_id);
      return user && lesserRole(role, user);
    }
    role = lesserRole(role, maker.role);
    next = maker;
  }
  return null;
}

/** The person behind a user or a token: a user, or the operator. Also when they have no rights any more. */
export async function personBehind(db: Db, id: string): Promise<string> {
  let person = id;
  for (let n = 0; n < MAX_MAKERS; n += 1) {
    const made = await db.selectFrom('api_tokens').select('maker_id').where('id', '=', person).executeTakeFirst();
    if (!made?.maker_id) return person;
    person = made.maker_id;
  }
  return person;
}

/** Null for a user who is disabled or unknown. */
async function roleOfUser(db: Db, id: string): Promise<Role | null> {
  const user = await db
    .selectFrom('users')
    .select('role')
    .where('id', '=', id)
    .where('banned', 'is not', true)
    .executeTakeFirst();
  return roleSchema
    .nullable()
    .catch(null)
    .parse(user?.role ?? null);
}

/** All tokens that are not revoked, newest first. */
export async function listApiTokens(db: Db, now: Date): Promise<ApiToken[]> {
  const rows = await db
    .selectFrom('api_tokens')
    .select(shown)
    .where('revoked_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
  return Promise.all(rows.map((row) => entryOf(db, row, now)));
}

type Row = TokenRights & {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly created_by: string;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
};

const entryOf = async (db: Db, row: Row, now: Date): Promise<ApiToken> => ({
  id: row.id,
  name: row.name,
  role: row.role,
  effective_role: await currentRole(db, row, now),
  hint: row.hint,
  created_by: row.created_by,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at?.toISOString() ?? null,
  last_used_at: row.last_used_at?.toISOString() ?? null,
});

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
