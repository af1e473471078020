/** The rule that lets nobody open a transaction in which `onCommit` does not work. */
import { expect, test } from 'vitest';
import { caught, folderOf } from './lint-rule.ts';

const bare = (files: Readonly<Record<string, string>>) => caught('Open a transaction', files);

test('the rule finds each way to a bare transaction', () => {
  const files = folderOf(
    [
      'await db.transaction().execute(work);',
      'await db\n  .transaction()\n  .execute((tx) => {\n    work(tx);\n  });',
      'await deps.database.db.transaction().execute(work);',
      'await anyName.transaction().execute(work);',
      'await db?.transaction().execute(work);',
      "const reading = db.transaction().setIsolationLevel('serializable'); await reading.execute(work);",
      'const begin = db.transaction.bind(db); await begin().execute(work);',
      "await db['transaction']().execute(work);",
      'const tx = await db.startTransaction().execute();',
    ],
    'src/use-cases',
  );
  const found = bare(files);
  const missed = Object.entries(files).filter(([file]) => !found.has(file));
  expect(missed.map(([, text]) => text.trim())).toEqual([]);
});

test('the rule lets pass the ways of the store', () => {
  const allowed = [
    'await transaction(db, work);',
    'await snapshot(db, work);',
    'await store.transaction((tx) => tx.getJob(id));',
    'await this.#jobs.store.transaction(work);',
    'await pglite.transaction((tx) => tx.exec(text));',
    'const { transaction } = store;',
  ];
  expect(bare(folderOf(allowed, 'src/use-cases'))).toEqual(new Set());
});

test('the rule holds everywhere but in the file with these ways', () => {
  const places = ['src/new-layer/a.ts', 'src/store/database/a.ts', 'fault-simulation/pglite/a.ts', 'benchmarks/a.ts'];
  const files = [...places, 'src/store/database/database.ts', 'test/a.ts'];
  expect(bare(Object.fromEntries(files.map((path) => [path, 'db.transaction();\n'])))).toEqual(new Set(places));
});
