import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/machine/system-clock.ts';
import { leaseTable } from '../../src/store/coordination/lease-table.ts';
import { HeldLeases } from '../../src/store/coordination/leases.ts';
import type { Db } from '../../src/store/database/database.ts';
import { outdatedFor, readMigrations } from '../../src/store/database/migrate.ts';
import {
  addErasure,
  countErasures,
  dropErasures,
  erasureKey,
  keyedHashes,
  makeErasureKey,
  removeErasure,
} from '../../src/store/repositories/erasures.ts';
import { masterKey, SecretBox } from '../../src/store/secrets/secret-box.ts';
import { rotateSecrets } from '../../src/store/secrets/stored-secrets.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { at, openBox } from '../support/service.ts';
import { until } from '../support/service-bench.ts';

const key = (fill: number) => masterKey(Buffer.alloc(32, fill));

/** The last migration before the list. */
const BEFORE = 32;

describe.each(databases)('the erasure list on $kind', (kind) => {
  const current = useDatabase(kind);
  const inTx = <T>(work: Parameters<ReturnType<Db['transaction']>['execute']>[0]): Promise<T> =>
    current.database.db.transaction().execute(work) as Promise<T>;

  test('has a person once, with all spellings, and forgets all of them with one', async () => {
    const { db } = current.database;
    expect(await inTx((tx) => addErasure(tx, 'ifa', ['a', 'b'], at(0)))).toBe(true);
    expect(await inTx((tx) => addErasure(tx, 'ifa', ['a', 'b'], at(1)))).toBe(false);
    expect(await inTx((tx) => addErasure(tx, 'ifa', ['a', 'c'], at(2)))).toBe(true);
    expect(await inTx((tx) => addErasure(tx, 'email', ['a'], at(3)))).toBe(true);
    expect(await countErasures(db)).toEqual([
      { identifierType: 'email', people: 1, firstAt: at(3), lastAt: at(3) },
      { identifierType: 'ifa', people: 1, firstAt: at(0), lastAt: at(2) },
    ]);
    expect(await keyedHashes(db, ['ifa'])).toEqual(
      ['a', 'b', 'c'].map((keyedHash) => ({ identifierType: 'ifa', keyedHash })),
    );
    expect(await inTx((tx) => removeErasure(tx, 'phone', 'a'))).toBe(false);
    expect(await inTx((tx) => removeErasure(tx, 'ifa', 'a'))).toBe(true);
    expect(await keyedHashes(db, ['email', 'ifa'])).toEqual([{ identifierType: 'email', keyedHash: 'a' }]);
  });

  test('keeps people apart who share a spelling, and keeps that when one of them leaves', async () => {
    const { db } = current.database;
    expect(await inTx((tx) => addErasure(tx, 'phone', ['66', '0'], at(0)))).toBe(true);
    expect(await inTx((tx) => addErasure(tx, 'phone', ['886', '0'], at(1)))).toBe(true);
    expect(await countErasures(db)).toMatchObject([{ people: 2 }]);
    expect((await keyedHashes(db, ['phone'])).map(({ keyedHash }) => keyedHash)).toEqual(['0', '66', '886']);
    expect(await inTx((tx) => removeErasure(tx, 'phone', '886'))).toBe(true);
    expect((await keyedHashes(db, ['phone'])).map(({ keyedHash }) => keyedHash)).toEqual(['0', '66']);
  });

  // PGlite has one connection.
  if (kind.kind === 'PostgreSQL')
    test('keeps its bound when one leaves while another comes', async () => {
      const { db } = current.database;
      await inTx((tx) => addErasure(tx, 'email', ['a'], at(0)));
      let added = false;
      const [coming] = await inTx<[Promise<boolean>]>(async (tx) => {
        await removeErasure(tx, 'email', 'a');
        const coming = inTx<boolean>((other) => addErasure(other, 'email', ['b'], at(1)));
        void coming.then(() => (added = true));
        // It waits for this transaction, or does not.
        await until(
          async () => {
            const { rows } = await sql`
            select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
            return rows.length;
          },
          (waiting) => added || waiting > 0,
        );
        return [coming];
      });
      await coming;
      expect(await outdatedFor(db, BEFORE)).toMatchObject({ code: 'database_newer' });
    });

  test('makes its key once, seals it again at a rotation, and is refused without it', async () => {
    const { db } = current.database;
    const old = new SecretBox([key(1)]);
    await openBox(db);
    expect(await erasureKey(db, old)).toBeUndefined();
    const made = (await makeErasureKey(db, old, at(0))).reveal();
    expect(made).toHaveLength(32);
    expect((await makeErasureKey(db, old, at(1))).reveal()).toEqual(made);
    expect(await inTx((tx) => rotateSecrets(tx, new SecretBox([key(2), key(1)])))).toBe(1);
    expect((await erasureKey(db, new SecretBox([key(2)])))?.reveal()).toEqual(made);
    await expect(erasureKey(db, old)).rejects.toMatchObject({
      code: 'secret_key_wrong',
      message: expect.stringContaining('nothing was sent'),
    });
    await inTx((tx) => addErasure(tx, 'email', ['a'], at(0)));
    expect(await inTx((tx) => dropErasures(tx))).toBe(1);
    expect(await erasureKey(db, old)).toBeUndefined();
    expect(await countErasures(db)).toEqual([]);
  });

  test('while it has anybody, a version that does not know it gets no lease and loses those it has', async () => {
    const { db } = current.database;
    const known = (await readMigrations()).length;
    const leasesOf = (knows: number) => {
      const leases = new HeldLeases(leaseTable(db, knows), {
        clock: systemClock,
        holder: `version ${knows}`,
      });
      onTestFinished(() => leases.close());
      return leases;
    };
    const [older, newer] = [leasesOf(BEFORE), leasesOf(known)];
    const held = (await older.tryTake(['run:1']))!;
    const kept = (await newer.tryTake(['run:2']))!;
    expect(await outdatedFor(db, BEFORE)).toBeUndefined();

    await inTx((tx) => addErasure(tx, 'email', ['a'], at(0)));
    const { rows } = await sql<{ token: number }>`select token from lineup.leases order by name`.execute(db);
    expect(rows.map(({ token }) => token === held.token)).not.toContain(true);
    expect(rows[1]?.token).toBe(kept.token);
    expect(await older.tryTake(['run:3'])).toBeUndefined();
    expect(await newer.tryTake(['run:3'])).toBeDefined();
    expect(await outdatedFor(db, BEFORE)).toMatchObject({ code: 'database_newer' });
    expect(await outdatedFor(db, known)).toBeUndefined();

    await inTx((tx) => removeErasure(tx, 'email', 'a'));
    expect(await outdatedFor(db, BEFORE)).toBeUndefined();
    expect(await older.tryTake(['run:4'])).toBeDefined();
  });
});
