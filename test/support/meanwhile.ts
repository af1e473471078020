/** Two transactions at the same time, on a storage that can hold both open. */
import { setImmediate as turn } from 'node:timers/promises';
import type { JobStore, JobTransaction } from '../../src/contracts/job-store.ts';

interface Meanwhile {
  readonly store: JobStore;
  /** Whether a statement waits for a lock. */
  readonly isWaiting: () => Promise<boolean>;
  /** Done in the first transaction. */
  readonly first: (tx: JobTransaction) => Promise<unknown>;
  /** Done by another process before the first transaction ends. */
  readonly second: () => Promise<unknown>;
  /** Done in the first transaction before its end, when `second` waits or is done. @default nothing */
  readonly last?: ((tx: JobTransaction) => Promise<unknown>) | undefined;
}

/** Throw it in `last` to roll back the first transaction. */
export const takenBack = new Error('the transaction is rolled back');

/** @returns whether `second` waited for the end of the first transaction, after both have ended */
export async function meanwhile({ store, isWaiting, first, second, last }: Meanwhile): Promise<boolean> {
  let waited = false;
  let both: Promise<unknown> = Promise.resolve();
  const whole = store.transaction(async (tx) => {
    await first(tx);
    let isDone = false;
    both = second().finally(() => {
      isDone = true;
    });
    // Its result is awaited after the transaction.
    both.catch(() => {});
    while (!isDone && !waited) {
      await turn();
      waited = await isWaiting();
    }
    await last?.(tx);
  });
  await whole.catch((error) => {
    if (error !== takenBack) throw error;
  });
  await both;
  return waited;
}
