/**
 * Idempotency keys: when a client sends a creation twice, because the first response was lost, it happens once. Both
 * requests get the same response.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Db } from '../database/database.ts';
import { json } from '../database/schema.ts';
import type { SecretBox } from '../secrets/secret-box.ts';

/** A request may contain credentials, so only a digest with the key of the secrets is stored. */
const PURPOSE = 'idempotency';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Claims `key` for a request.
 * @returns the response of the first request. Undefined for the first request: then do the work and call
 *   `answerIdempotent`, in the same transaction
 * @throws {LineupError} `idempotency_key_reused` when the key belongs to another request, or to one that is not
 *   finished
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
 * The response of an earlier request with this key, without claiming the key. Undefined when there was none.
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
      sentence`This idempotency key was used for another request. Use a new key.`,
    );
  }
  if (row.status === null) {
    throw new LineupError(
      'idempotency_key_reused',
      sentence`The first request with this idempotency key is still in progress. Try again later.`,
      {
        retryable: true,
      },
    );
  }
  return { status: row.status, body: row.response };
}

/** Stores the response of a claimed request. */
export async function answerIdempotent(db: Db, actorId: string, key: string, answer: Answer): Promise<void> {
  await db
    .updateTable('idempotency_keys')
    .set({ status: answer.status, response: json(answer.body) })
    .where('actor_id', '=', actorId)
    .where('key', '=', key)
    .execute();
}

/** Deletes keys that were claimed before `before`. */
export async function purgeIdempotent(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('idempotency_keys').where('created_at', '<', before).execute();
}
