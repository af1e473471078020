/** Transactions with something to do once they hold: a line of the log, a wake-up. */
import type { Db, Tx } from './database.ts';

const afterwards = new WeakMap<Tx, (() => void)[]>();

/** Runs `work` in one transaction, and does what it left to `onCommit` when the transaction holds, and not otherwise. */
export async function transaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  const actions: (() => void)[] = [];
  const result = await db.transaction().execute((tx) => {
    afterwards.set(tx, actions);
    return work(tx);
  });
  for (const action of actions) action();
  return result;
}

/** Does `action` when the transaction holds; at once in a transaction that `transaction` did not begin. */
export function onCommit(tx: Tx, action: () => void): void {
  const actions = afterwards.get(tx);
  if (actions) actions.push(action);
  else action();
}
