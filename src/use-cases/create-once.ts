/** Idempotent creation: a repeated request gets the object of the first one. */

import type { Created, CreateOptions } from '../contracts/use-cases.ts';
import type { Actor } from '../domain/people/people.ts';
import { type Tx, transaction } from '../store/database/database.ts';
import { answerIdempotent, claimIdempotent, earlierAnswer } from '../store/repositories/idempotency.ts';
import type { UseCaseDeps } from './deps.ts';

export interface Creation<T, Checked> {
  readonly actor: Actor;
  readonly options: CreateOptions;
  /** The input: the same key requires the same input. Only its digest is stored, because it may contain a secret. */
  readonly request: unknown;
  /** Checks that may take time or call other systems. Skipped for a repeated request. */
  readonly check: () => Promise<Checked>;
  /** Creates the object. @param checked the result of `check` @returns the id of the object */
  readonly make: (tx: Tx, checked: Checked) => Promise<string>;
  readonly load: (id: string) => Promise<T>;
}

/** @throws {LineupError} `idempotency_key_reused`, and the errors of `check` and `make` */
export async function createOnce<T, Checked>(deps: UseCaseDeps, creation: Creation<T, Checked>): Promise<Created<T>> {
  const { actor, request, check, make, load } = creation;
  const key = creation.options.idempotencyKey;
  const earlier = key === undefined ? undefined : await earlierAnswer(deps.db, deps.box, actor.id, key, request);
  if (earlier) return { value: await load(String(earlier.body)), replayed: true };
  const checked = await check();
  const { id, replayed } = await transaction(deps.db, async (tx) => {
    const answer =
      key === undefined ? undefined : await claimIdempotent(tx, deps.box, actor.id, key, request, deps.now());
    if (answer) return { id: String(answer.body), replayed: true };
    const made = await make(tx, checked);
    if (key !== undefined) await answerIdempotent(tx, actor.id, key, { status: 201, body: made });
    return { id: made, replayed: false };
  });
  return { value: await load(id), replayed };
}
