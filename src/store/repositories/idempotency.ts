/**
 * Idempotency keys: a creation that a client sends twice (its answer was lost) happens once, and both times gets the
 * same answer.
 */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Db } from '../database/database.ts';
import { json } from '../database/schema.ts';
import type { SecretBox } from '../secrets/secret-box.ts';

/** Of the request nothing but a digest is kept, under the key of the secrets: credentials may be in it. */
const PURPOSE = 'idempotency';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Claims `key` for a request.
 * @returns the answer that was given before, or undefined when this is the first time: then do the work and call
 *   `answerIdempotent`, in one transaction with this claim
 * @throws {LineupError} `idempotency_key_reused` when the key belongs to another request, or to one still being worked on
 */
export async function claimIdempotent(
  db: Db,
  box: SecretBox,
  actorId: string,
  key: string,
  request: unknown,
  now: Date,
): Promise<Answer | undefined> {
  // A second request with the same key waits here until the first one's transaction ends.
  const claimed = await db
    .insertInto('idempotency_keys')
    .values({
      actor_id: actorId,
      key,
      request_digest: box.digest(PURPOSE, JSON.stringify(request)),
      created_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst();
  return claimed ? undefined : earlierAnswer(db, box, actorId, key, request);
}

/**
 * The answer that a request with this key was given before, without claiming it: undefined when there was none.
 * @throws {LineupError} as `claimIdempotent`
 */
export async function earlierAnswer(
  db: Db,
  box: SecretBox,
  actorId: string,
  key: string,
  request: unknown,
): Promise<Answer | undefined> {
  const row = await db
    .selectFrom('idempotency_keys')
    .select(['request_digest', 'status', 'response'])
    .where('actor_id', '=', actorId)
    .where('key', '=', key)
    .executeTakeFirst();
  if (!row) return undefined;
  if (!box.matches(row.request_digest, PURPOSE, JSON.stringify(request))) {
    throw new LineupError(
      'idempotency_key_reused',
      sentence`This idempotency key was used for another request: send a new one.`,
    );
  }
  if (row.status === null) {
    throw new LineupError(
      'idempotency_key_reused',
      sentence`The first request with this idempotency key is still being worked on.`,
      {
        retryable: true,
      },
    );
  }
  return { status: row.status, body: row.response };
}

/** Keeps the answer of a request that was claimed. */
export async function answerIdempotent(db: Db, actorId: string, key: string, answer: Answer): Promise<void> {
  await db
    .updateTable('idempotency_keys')
    .set({ status: answer.status, response: json(answer.body) })
    .where('actor_id', '=', actorId)
    .where('key', '=', key)
    .execute();
}

/** Forgets what was claimed before `before`. */
export async function forgetIdempotent(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('idempotency_keys').where('created_at', '<', before).execute();
}
