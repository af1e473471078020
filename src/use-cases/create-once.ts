/** Creations that a client may send twice: once done, twice answered. */
import type { Actor } from '../contracts/people.ts';
import type { Created, CreateOptions } from '../contracts/use-cases.ts';
import type { Tx } from '../store/database/database.ts';
import { transaction } from '../store/database/transaction.ts';
import { answerIdempotent, claimIdempotent, earlierAnswer } from '../store/repositories/idempotency.ts';
import type { UseCaseDeps } from './deps.ts';

export interface Creation<T> {
  readonly actor: Actor;
  readonly options: CreateOptions;
  /** What the same key must come with again; a secret in it is only digested. */
  readonly request: unknown;
  /** Checks that may take time and speak to others; left out when the thing was created before. */
  readonly check: () => Promise<void>;
  /** Makes it. @returns its id */
  readonly make: (tx: Tx) => Promise<string>;
  readonly load: (id: string) => Promise<T>;
}

/** @throws {LineupError} `idempotency_key_reused`, and whatever `check` and `make` do */
export async function createOnce<T>(deps: UseCaseDeps, creation: Creation<T>): Promise<Created<T>> {
  const { actor, request, check, make, load } = creation;
  const key = creation.options.idempotencyKey;
  const earlier =
    key === undefined ? undefined : await earlierAnswer(deps.db, deps.box, actor.id, key, request);
  if (earlier) return { value: await load(String(earlier.body)), replayed: true };
  await check();
  const { id, replayed } = await transaction(deps.db, async (tx) => {
    const answer =
      key === undefined ? undefined : await claimIdempotent(tx, deps.box, actor.id, key, request, deps.now());
    if (answer) return { id: String(answer.body), replayed: true };
    const made = await make(tx);
    if (key !== undefined) await answerIdempotent(tx, actor.id, key, { status: 201, body: made });
    return { id: made, replayed: false };
  });
  return { value: await load(id), replayed };
}
