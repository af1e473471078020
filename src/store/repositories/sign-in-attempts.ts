/** The numbers of failed sign-ins, by key, for all processes. The keys do not reveal accounts or addresses. */
import type { Db, Tx } from '../database/database.ts';

export interface AttemptCount {
  readonly key: string;
  readonly failures: number;
  readonly lastAt: Date;
  readonly blockedUntil: Date | null;
  readonly succeededAt: Date | null;
}

/**
 * Reads the counts of `keys`, in their order, and locks them until the transaction ends. So each of many simultaneous
 * attempts sees those before it. A new key starts with 0.
 */
export async function lockAttempts(tx: Tx, keys: readonly string[], now: Date): Promise<AttemptCount[]> {
  // The same order everywhere. Another order would cause a deadlock.
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
    const row = rows.find((attempt) => attempt.key === key);
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

export interface PurgeLimits {
  /** Deletes counts whose last failure was before this time. */
  readonly failedBefore: Date;
  /** Keeps counts with a successful sign-in after this time. */
  readonly succeededBefore: Date;
  /** The maximum number of rows; the oldest are deleted first. */
  readonly most: number;
}

export async function purgeAttempts(db: Db, { failedBefore, succeededBefore, most }: PurgeLimits): Promise<void> {
  await db
    .deleteFrom('sign_in_attempts')
    .where('last_at', '<', failedBefore)
    .where((eb) => eb.or([eb('succeeded_at', 'is', null), eb('succeeded_at', '<', succeededBefore)]))
    .execute();
  const newest = db.selectFrom('sign_in_attempts').select('key').orderBy('last_at', 'desc').orderBy('key').offset(most);
  await db.deleteFrom('sign_in_attempts').where('key', 'in', newest).execute();
}
