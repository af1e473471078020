/** Actions after a commit, under each way to open a transaction. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type Db, onCommit, snapshot, type Tx, transaction } from '../../src/store/database/database.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { storeOn } from '../support/journals.ts';

/** What `work` gets, for each way: the function that notes an action for the commit, and one that runs a statement. */
type Work = (later: (action: () => void) => void, statement: () => Promise<unknown>) => Promise<void>;

const read = (tx: Tx) => () => sql`select 1`.execute(tx);

const ways: readonly { way: string; open: (db: Db, work: Work) => Promise<void> }[] = [
  { way: 'transaction', open: (db, work) => transaction(db, (tx) => work((action) => onCommit(tx, action), read(tx))) },
  { way: 'snapshot', open: (db, work) => snapshot(db, (tx) => work((action) => onCommit(tx, action), read(tx))) },
  {
    way: 'the transaction of the job store',
    open: (db, work) => storeOn(db).transaction((tx) => work(tx.onCommit, () => tx.nextWake())),
  },
  {
    way: 'the job store within a transaction',
    open: (db, work) =>
      transaction(db, (tx) => {
        const within = storeOn(db).within(tx);
        return work(within.onCommit, () => within.nextWake());
      }),
  },
];

describe.each(databases)('on $kind', (kind) => {
  const current = useDatabase(kind);

  test.each(ways)('$way runs the actions after the commit, and none after a rollback', async ({ open }) => {
    const { db } = current.database;
    const done: string[] = [];
    await open(db, async (later, statement) => {
      later(() => done.push('committed'));
      await statement();
      expect(done).toEqual([]);
    });
    expect(done).toEqual(['committed']);
    const failing = open(db, async (later) => {
      later(() => done.push('never'));
      throw new Error('a mistake');
    });
    await expect(failing).rejects.toThrow('a mistake');
    expect(done).toEqual(['committed']);
  });

  test('an action without an open transaction is refused, and does not run at once', async () => {
    const { db } = current.database;
    const done: string[] = [];
    const note = (tx: Tx) => onCommit(tx, () => done.push('at once'));
    await expect(db.transaction().execute(async (tx) => note(tx))).rejects.toThrow(
      'onCommit needs an open transaction',
    );
    const ended = await transaction(db, async (tx) => ({ tx }));
    expect(() => note(ended.tx)).toThrow('onCommit needs an open transaction');
    expect(done).toEqual([]);
  });
});

// PGlite has one connection, and its adapter begins every transaction alike.
describe.each(databases.filter(({ kind }) => kind === 'PostgreSQL'))('a snapshot on $kind', (kind) => {
  const current = useDatabase(kind);

  test('reads one moment, and writes nothing', async () => {
    const { db } = current.database;
    const { rows } = await snapshot(db, (tx) =>
      sql`select current_setting('transaction_isolation') as level`.execute(tx),
    );
    expect(rows).toEqual([{ level: 'repeatable read' }]);
    const write = (tx: Tx) => tx.deleteFrom('jobs').execute();
    await expect(snapshot(db, write)).rejects.toMatchObject({ code: '25006' });
  });
});
