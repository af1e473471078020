/** How often sign-in has failed, by key: the same for all processes. What a key stands for, nobody can read here. */
import type { Db, Tx } from '../database/database.ts';

export interface AttemptCount {
  readonly key: string;
  readonly failures: number;
  readonly lastAt: Date;
  readonly blockedUntil: Date | null;
  readonly succeededAt: Date | null;
}

/**
 * The counts of `keys`, in their order, locked until the transaction ends: of many attempts at once each sees those before it.
 * A key that is new begins with none.
 */
export async function lockAttempts(tx: Tx, keys: readonly string[], now: Date): Promise<AttemptCount[]> {
  // Everybody locks in the same order: another one would end in a deadlock.
  const sorted = [...keys].sort();
  await tx
    .insertInto('sign_in_attempts')
    .values(sorted.map((key) => ({ key, failures: 0, last_at: now })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const rows = await tx
    .selectFrom('sign_in_attempts')
    .selectAll()
    .where('key', 'in', sorted)
    .orderBy('key')
    .forUpdate()
    .execute();
  return keys.map((key) => {
    const row = rows.find((one) => one.key === key);
    return {
      key,
      failures: row?.failures ?? 0,
      lastAt: row?.last_at ?? now,
      blockedUntil: row?.blocked_until ?? null,
      succeededAt: row?.succeeded_at ?? null,
    };
  });
}

export async function saveAttempts(tx: Tx, counts: readonly AttemptCount[]): Promise<void> {
  for (const { key, failures, lastAt, blockedUntil, succeededAt } of counts) {
    await tx
      .updateTable('sign_in_attempts')
      .set({ failures, last_at: lastAt, blocked_until: blockedUntil, succeeded_at: succeededAt })
      .where('key', '=', key)
      .execute();
  }
}

export interface Forgetting {
  /** Failures are forgotten that were last added to before. */
  readonly failedBefore: Date;
  /** And that somebody has come in, when that was before. */
  readonly succeededBefore: Date;
  /** More rows than these are not kept: the oldest go first. */
  readonly most: number;
}

export async function forgetAttempts(
  db: Db,
  { failedBefore, succeededBefore, most }: Forgetting,
): Promise<void> {
  await db
    .deleteFrom('sign_in_attempts')
    .where('last_at', '<', failedBefore)
    .where((of) => of.or([of('succeeded_at', 'is', null), of('succeeded_at', '<', succeededBefore)]))
    .execute();
  const newest = db
    .selectFrom('sign_in_attempts')
    .select('key')
    .orderBy('last_at', 'desc')
    .orderBy('key')
    .offset(most);
  await db.deleteFrom('sign_in_attempts').where('key', 'in', newest).execute();
}
