import { type QueryResult, type RootOperationNode, sql, type UnknownRow } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import type { EventLog, LogEventName } from '../../src/contracts/event-log.ts';
import { quotaOf } from '../../src/domain/destinations/limits.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { CoordinatedLimits } from '../../src/store/coordination/coordinated-limits.ts';
import { assertHeld, deleteAllLeases, purgeLeases } from '../../src/store/coordination/lease-table.ts';
import type { HeldLeases } from '../../src/store/coordination/leases.ts';
import { placeTable } from '../../src/store/coordination/place-table.ts';
import type { Db } from '../../src/store/database/database.ts';
import { databases, onPglite, useDatabase } from '../support/databases.ts';
import { leasesOn } from '../support/leases.ts';

/** Simulates the passing of time in the database. */
const runOut = (db: Db, name: string) =>
  db
    .updateTable('leases')
    .set({ expires_at: sql<Date>`clock_timestamp() - interval '1 second'` })
    .where('name', '=', name)
    .execute();

describe.each(databases)('leases on $kind', (kind) => {
  const current = useDatabase(kind);
  const opened: HeldLeases[] = [];
  /** Another worker, with a separate connection if possible. */
  const worker = async () => {
    const leases = leasesOn((await current.another()).db);
    opened.push(leases);
    return leases;
  };
  afterEach(async () => {
    for (const leases of opened.splice(0)) await leases.close();
  });

  test('have one holder, and are free after their release', async () => {
    const [a, b] = [await worker(), await worker()];
    const held = await a.tryTake(['x']);
    expect(held?.name).toBe('x');
    expect(await b.tryTake(['x'])).toBeUndefined();
    expect(await a.tryTake(['x'])).toBeUndefined();
    expect((await b.tryTake(['x', 'y']))?.name).toBe('y');
    held?.release();
    held?.release();
    await a.close();
    expect((await b.tryTake(['x']))?.token).toBeGreaterThan(held!.token);
  });

  test('that twenty try to take at once go to one', async () => {
    const workers = await Promise.all(Array.from({ length: 4 }, worker));
    const taken = await Promise.all(Array.from({ length: 20 }, (_, n) => workers[n % 4]!.tryTake(['x'])));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  test('that were taken while the clock of the database was days ahead are free when it is right again', async () => {
    const { db } = current.database;
    const [a, b] = [await worker(), await worker()];
    const dead = await a.tryTake(['run:1']);
    await db.updateTable('leases').set({ expires_at: sql<Date>`clock_timestamp() + interval '5 days'` }).execute();
    const taken = await b.tryTake(['run:1']);
    expect(taken?.token).toBeGreaterThan(dead!.token);
    // A holder that lives renews its lease by the right clock, and nobody can take it then.
    await db.updateTable('leases').set({ expires_at: sql<Date>`clock_timestamp() + interval '5 days'` }).execute();
    await b.renew();
    expect(await a.tryTake(['run:1'])).toBeUndefined();
    await db.transaction().execute((tx) => assertHeld(tx, taken!));
  });

  test('that expired go to the next holder; the former holder is informed and can no longer write', async () => {
    const { db } = current.database;
    const [a, b] = [await worker(), await worker()];
    const held = await a.tryTake(['run:1']);
    const other = await a.tryTake(['run:2']);
    await runOut(db, 'run:1');
    const taken = await b.tryTake(['run:1']);
    expect(taken).toBeDefined();
    const guarded = (token: number) => db.transaction().execute((tx) => assertHeld(tx, { name: 'run:1', token }));
    await expect(guarded(held!.token)).rejects.toMatchObject({ code: 'run_taken_over' });
    await guarded(taken!.token);

    expect(held!.lost.aborted).toBe(false);
    await a.renew();
    expect(held!.lost.aborted).toBe(true);
    expect(other!.lost.aborted).toBe(false);
    // A late release does not release the new holder’s lease.
    held!.release();
    await a.close();
    await guarded(taken!.token);
  });

  test('that expired are lost even if nobody took them, and give no right to write', async () => {
    const { db } = current.database;
    const a = await worker();
    const held = await a.tryTake(['x']);
    await runOut(db, 'x');
    await expect(db.transaction().execute((tx) => assertHeld(tx, held!))).rejects.toMatchObject({
      code: 'run_taken_over',
    });
    await a.renew();
    expect(held!.lost.aborted).toBe(true);
  });

  test('of dead processes are freed at once if nobody else can be alive', async () => {
    const [dead, next] = [await worker(), await worker()];
    await dead.tryTake(['run:1']);
    await deleteAllLeases(current.database.db);
    expect(await next.tryTake(['run:1'])).toBeDefined();
  });

  test('are extended by a renewal', async () => {
    const { db } = current.database;
    const a = await worker();
    await a.tryTake(['x']);
    const expiry = async () =>
      (await db.selectFrom('leases').select('expires_at').executeTakeFirstOrThrow()).expires_at;
    await db.updateTable('leases').set({ expires_at: sql<Date>`clock_timestamp() + interval '5 seconds'` }).execute();
    const before = await expiry();
    await a.renew();
    expect((await expiry()).getTime()).toBeGreaterThan(before.getTime());
  });
});

describe.each(databases)('rows of leases on $kind', (kind) => {
  const current = useDatabase(kind);
  const rows = async () => (await current.database.db.selectFrom('leases').select('name').execute()).length;
  /** The database of a worker. `refuse` makes its next statements of one kind fail. */
  const worker = async () => {
    const { db } = await current.another();
    let refused: string | undefined;
    const held = Promise.withResolvers<void>();
    let hold: string | undefined;
    const plugin = {
      transformQuery: ({ node }: { node: RootOperationNode }) => {
        if (node.kind === refused) throw new Error('the database is unreachable');
        return node;
      },
      transformResult: async ({ result }: { result: QueryResult<UnknownRow> }) => {
        if (hold !== undefined && 'token' in (result.rows[0] ?? {})) await held.promise;
        return result;
      },
    };
    const events: LogEventName[] = [];
    const log: EventLog = { record: (event) => void events.push(event) };
    const leases = leasesOn(db.withPlugin(plugin), { log });
    return {
      leases,
      events,
      refuse: (name?: string) => {
        refused = name;
      },
      /** Delays the answers of acquisitions until `goOn`. */
      holdAnswers: () => {
        hold = 'token';
      },
      goOn: held.resolve,
    };
  };

  test('are deleted with the lease, or at the next renewal if the database refused the release', async () => {
    const { leases, events, refuse } = await worker();
    const lease = await leases.tryTake(['run:1']);
    refuse('UpdateQueryNode');
    await leases.renew();
    expect(events).toEqual(['lease.renew_failed']);
    refuse('DeleteQueryNode');
    await lease!.release();
    expect(events).toEqual(['lease.renew_failed', 'lease.release_failed']);
    expect(await rows()).toBe(1);
    refuse();
    await leases.renew();
    expect(await rows()).toBe(0);
    await leases.close();
  });

  test('do not stay when everything is closed during an acquisition', async () => {
    const { leases, holdAnswers, goOn } = await worker();
    holdAnswers();
    const taking = leases.tryTake(['run:1']);
    await expect.poll(rows).toBe(1);
    const closed = leases.close();
    goOn();
    expect(await taking).toBeUndefined();
    await closed;
    expect(await rows()).toBe(0);
    expect(await leases.tryTake(['run:2'])).toBeUndefined();
    expect(await rows()).toBe(0);
  });

  test('are deleted when only the process lost the lease: nobody would take the lease of an ended run again', async () => {
    const { db } = await current.another();
    const leases = leasesOn(db, { ttlMs: 60_000 });
    const late = leasesOn(db, { ttlMs: 0 });
    await leases.tryTake(['run:1']);
    const lost = await late.tryTake(['run:2']);
    late.expire();
    expect(lost!.lost.aborted).toBe(true);
    await late.renew();
    expect(await db.selectFrom('leases').select('name').execute()).toEqual([{ name: 'run:1' }]);
    await Promise.all([leases.close(), late.close()]);
  });

  test('of dead processes are deleted when their time has passed, and no others', async () => {
    const { db } = current.database;
    const dead = leasesOn((await current.another()).db);
    await dead.tryTake(['run:1']);
    const alive = await dead.tryTake(['run:2']);
    await runOut(db, 'run:1');
    await purgeLeases(db);
    expect(await db.selectFrom('leases').select('name').execute()).toEqual([{ name: alive!.name }]);
    await dead.close();
  });
});

describe('without a database connection', () => {
  test('a lease ends in the process when it ends in the database', async () => {
    const { database } = await onPglite.migrated();
    const [patient, hasty] = [leasesOn(database.db), leasesOn(database.db, { ttlMs: 0 })];
    const [kept, lost] = [await patient.tryTake(['a']), await hasty.tryTake(['b'])];
    await database.close();
    await patient.renew();
    await hasty.renew();
    expect(kept!.lost.aborted).toBe(false);
    expect(lost!.lost.aborted).toBe(true);
    await Promise.all([patient.close(), hasty.close()]);
  });
});

describe('if the database does not answer', () => {
  test('a lease ends in the process when it ends in the database', async () => {
    const { database, drop } = await onPglite.migrated();
    const leases = leasesOn(database.db, { ttlMs: 300 });
    const held = await leases.tryTake(['run:1']);
    const silence = Promise.withResolvers<void>();
    // PGlite has only one connection, and it answers no other query until the transaction ends.
    const silent = database.db.transaction().execute(() => silence.promise);
    await expect.poll(() => held!.lost.aborted).toBe(true);
    silence.resolve();
    await silent;
    await leases.close();
    await drop();
  });
});

describe.each(databases)('LINE’s limits on $kind', (kind) => {
  const current = useDatabase(kind);
  const opened: HeldLeases[] = [];
  afterEach(async () => {
    for (const leases of opened.splice(0)) await leases.close();
  });

  /** A separate process. Waits in it last until `wake` is called. */
  const process_ = async () => {
    const { db } = await current.another();
    const leases = leasesOn(db);
    opened.push(leases);
    const sleepers: (() => void)[] = [];
    const asleep = Promise.withResolvers<void>();
    const slept: number[] = [];
    const limits = new CoordinatedLimits({
      places: placeTable(db),
      leases,
      random: Math.random,
      clock: {
        ...systemClock,
        sleep: (ms, signal) => {
          slept.push(ms);
          asleep.resolve();
          return new Promise((resolve, reject) => {
            sleepers.push(resolve);
            signal?.addEventListener('abort', () => reject(signal.reason));
          });
        },
      },
    });
    return {
      db,
      limits,
      leases,
      slept,
      asleep: asleep.promise,
      wake: () => {
        for (const go of sleepers.splice(0)) go();
      },
    };
  };

  test('a process that was frozen for longer than its leases sends nothing with them', async () => {
    const { db } = await current.another();
    const leases = leasesOn(db, { ttlMs: 500 });
    opened.push(leases);
    const limits = new CoordinatedLimits({
      places: placeTable(db),
      leases,
      random: Math.random,
      clock: { ...systemClock, sleep: async () => {} },
    });
    const held = await leases.tryTake(['run:1']);
    // As SIGSTOP and SIGCONT do: the process is frozen and does not notice the time.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    await expect(limits.rate(quotaOf(lineAdsTraits, 'a key')).acquire(held!.lost)).rejects.toMatchObject({
      code: 'run_taken_over',
    });
  });

  test('give one turn at a time for an audience, and for the replaces of an ad account, over all processes', async () => {
    const [a, b] = [await process_(), await process_()];
    const first = await a.limits.audience('A1', '555');
    await b.limits.audience('A1', '556');
    let got = false;
    const second = b.limits.audience('A1', '555').then((release) => {
      got = true;
      return release;
    });
    await b.asleep;
    expect(got).toBe(false);
    first();
    await expect
      .poll(() => {
        b.wake();
        return got;
      })
      .toBe(true);
    await second;

    await b.limits.slotTurn('A1', 'REPLACE');
    await a.limits.slotTurn('A2', 'REPLACE');
    const stop = new AbortController();
    const next = a.limits.slotTurn('A1', 'REPLACE', { signal: stop.signal });
    await a.asleep;
    stop.abort(new Error('no more patience'));
    await expect(next).rejects.toThrow('no more patience');
  });

  test('let hundreds that wait for one turn poll as rarely as one, and get their turns in order', async () => {
    const { limits, slept, asleep, wake } = await process_();
    const first = await limits.slotTurn('A1', 'REPLACE');
    const order: number[] = [];
    const waited: number[] = [];
    const all = Array.from({ length: 300 }, async (_, n) => {
      const release = await limits.slotTurn('A1', 'REPLACE', { onWait: () => waited.push(n) });
      order.push(n);
      release();
    });
    await asleep;
    await expect.poll(() => waited.length).toBe(300);
    expect(slept).toEqual([500]);
    first();
    while (order.length < 300) {
      wake();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(all);
    expect(order).toEqual(all.map((_, n) => n));
  });
});
