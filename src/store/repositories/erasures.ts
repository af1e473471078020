/**
 * The erasure list: people whom every run leaves out. A row is an HMAC-SHA-256 over the identifier type and the SHA-256
 * of a spelling of the identifier. Its key is made at the first use, and sealed like other secrets, so a rotation seals
 * it again.
 */
import { sql } from 'kysely';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { Db, Tx } from '../database/database.ts';
import { type SecretBox, UnsealError } from '../secrets/secret-box.ts';
import { makeSecret, revealSetting } from './settings.ts';

/** The setting that has the key of the list. */
export const ERASURE_KEY = 'erasure_key';

export interface ErasureEntry {
  readonly identifierType: IdentifierType;
  /** In hexadecimal. */
  readonly keyedHash: string;
}

/** How many people the list has of an identifier type, and since when. */
export interface ErasuresOfType {
  readonly identifierType: IdentifierType;
  readonly people: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/**
 * The key of the list.
 * @throws {LineupError} `secret_key_wrong` when it cannot be opened: then nobody knows whom a run must leave out
 */
export async function erasureKey(db: Db, box: SecretBox): Promise<Secret<Buffer> | undefined> {
  try {
    const found = await revealSetting(db, box, ERASURE_KEY);
    return found && new Secret(Buffer.from(found.reveal(), 'base64'));
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    throw new LineupError(
      'secret_key_wrong',
      sentence`The erasure list cannot be read, because its key was encrypted with another key than that of this installation. So nothing was sent, and the list was not changed. Start Lineup with the key that encrypted it.`,
      { cause: error },
    );
  }
}

/** The same, made if there is none yet. */
export async function makeErasureKey(db: Db, box: SecretBox, now: Date): Promise<Secret<Buffer>> {
  await makeSecret(db, box, ERASURE_KEY, 'base64', now);
  const key = await erasureKey(db, box);
  if (!key) throw new Error('the key of the erasure list was deleted');
  return key;
}

/** The keyed hashes of some identifier types, in hexadecimal and in order. */
export async function keyedHashes(db: Db, types: readonly IdentifierType[]): Promise<readonly ErasureEntry[]> {
  const rows = await db
    .selectFrom('erasures')
    .select(['identifier_type', 'keyed_hash'])
    // People may share a spelling.
    .distinct()
    .where('identifier_type', 'in', types)
    .orderBy('identifier_type')
    .orderBy('keyed_hash')
    .execute();
  return rows.map((row) => ({ identifierType: row.identifier_type, keyedHash: row.keyed_hash }));
}

/** Lets nobody else change the list until the transaction ends, so that it does not grow beyond its limit. */
export async function lockErasures(tx: Tx): Promise<void> {
  await sql`lock table lineup.erasures in share row exclusive mode`.execute(tx);
}

/**
 * Puts one person on the list.
 * @param hashes of all spellings; the first one is that of the complete identifier, which says who it is
 * @returns false when all of them were on it
 */
export async function addErasure(
  tx: Tx,
  identifierType: IdentifierType,
  hashes: readonly [string, ...string[]],
  now: Date,
): Promise<boolean> {
  const [personId] = hashes;
  const added = await tx
    .insertInto('erasures')
    .values(
      hashes.map((hash) => ({
        identifier_type: identifierType,
        keyed_hash: hash,
        person_id: personId,
        at: now,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('keyed_hash')
    .execute();
  return added.length > 0;
}

/**
 * Takes one person off the list, with all spellings. A spelling that another person on it has too stays.
 * @param personId the keyed hash of the complete identifier
 * @returns whether the person was on it
 */
export async function removeErasure(tx: Tx, identifierType: IdentifierType, personId: string): Promise<boolean> {
  const removed = await tx
    .deleteFrom('erasures')
    .where('identifier_type', '=', identifierType)
    .where('person_id', '=', personId)
    .returning('person_id')
    .execute();
  return removed.length > 0;
}

export async function countErasures(db: Db): Promise<ErasuresOfType[]> {
  const rows = await db
    .selectFrom('erasures')
    .select(({ fn }) => [
      'identifier_type',
      sql<number>`count(distinct person_id)`.as('people'),
      fn.min('at').as('first_at'),
      fn.max('at').as('last_at'),
    ])
    .groupBy('identifier_type')
    .orderBy('identifier_type')
    .execute();
  return rows.map((row) => ({
    identifierType: row.identifier_type,
    people: Number(row.people),
    firstAt: row.first_at,
    lastAt: row.last_at,
  }));
}

/** Forgets the list and its key, when nobody has the secret key any more. @returns how many people were on it */
export async function dropErasures(tx: Tx): Promise<number> {
  const people = (await countErasures(tx)).reduce((sum, counted) => sum + counted.people, 0);
  await tx.deleteFrom('erasures').execute();
  await tx.deleteFrom('settings').where('key', '=', ERASURE_KEY).execute();
  return people;
}
