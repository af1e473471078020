import { sql } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import type { Db } from '../../src/store/database.ts';
import { assertHeld, freeAllLeases, Leases } from '../../src/store/leases.ts';
import { DatabaseLimits, reserveRequest } from '../../src/store/limits.ts';
import { databases, useDatabase } from '../support/databases.ts';

/** As if time had passed in the database. */
const runOut = (db: Db, name: string) =>
  db
    .updateTable('leases')
    .set({ expires_at: sql<Date>`clock_timestamp() - interval '1 second'` })
    .where('name', '=', name)
    .execute();

describe.each(databases)('leases on $kind', (kind) => {
  const its = useDatabase(kind);
  const opened: Leases[] = [];
  /** Another worker, on a connection of its own where there can be one. */
  const worker = async () => {
    const leases = new Leases((await its.another()).db);
    opened.push(leases);
    return leases;
  };
  afterEach(async () => {
    for (const leases of opened.splice(0)) await leases.close();
  });

  test('have one holder, and are free again once given back', async () => {
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

  test('taken by twenty at once go to one', async () => {
    const workers = await Promise.all(Array.from({ length: 4 }, worker));
    const taken = await Promise.all(Array.from({ length: 20 }, (_, n) => workers[n % 4]!.tryTake(['x'])));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  test('that ran out go to the next, and the former holder hears of it and can do nothing any more', async () => {
    const { db } = its.database;
    const [a, b] = [await worker(), await worker()];
    const held = await a.tryTake(['run:1']);
    const other = await a.tryTake(['run:2']);
    await runOut(db, 'run:1');
    const taken = await b.tryTake(['run:1']);
    expect(taken).toBeDefined();
    const guarded = (token: number) => db.transaction().execute((tx) => assertHeld(tx, 'run:1', token));
    await expect(guarded(held!.token)).rejects.toMatchObject({ code: 'run_taken_over' });
    await guarded(taken!.token);

    expect(held!.lost.aborted).toBe(false);
    await a.renew();
    expect(held!.lost.aborted).toBe(true);
    expect(other!.lost.aborted).toBe(false);
    // What it gives back late is not the new holder's.
    held!.release();
    await a.close();
    await guarded(taken!.token);
  });

  test('that ran out are lost even if nobody took them, and give no right to write', async () => {
    const { db } = its.database;
    const a = await worker();
    const held = await a.tryTake(['x']);
    await runOut(db, 'x');
    await expect(db.transaction().execute((tx) => assertHeld(tx, 'x', held!.token))).rejects.toMatchObject({
      code: 'run_taken_over',
    });
    await a.renew();
    expect(held!.lost.aborted).toBe(true);
  });

  test('of the dead are freed at once where nobody else can be alive', async () => {
    const [dead, next] = [await worker(), await worker()];
    await dead.tryTake(['run:1']);
    await freeAllLeases(its.database.db);
    expect(await next.tryTake(['run:1'])).toBeDefined();
  });

  test('are prolonged by a renewal', async () => {
    const { db } = its.database;
    const a = await worker();
    await a.tryTake(['x']);
    const expiry = async () =>
      (await db.selectFrom('leases').select('expires_at').executeTakeFirstOrThrow()).expires_at;
    await db
      .updateTable('leases')
      .set({ expires_at: sql<Date>`clock_timestamp() + interval '5 seconds'` })
      .execute();
    const before = await expiry();
    await a.renew();
    expect((await expiry()).getTime()).toBeGreaterThan(before.getTime());
  });
});

describe('without a database', () => {
  test('leases end here when they end there', async () => {
    const { database, drop } = await databases[0]!.migrated();
    const [patient, hasty] = [new Leases(database.db), new Leases(database.db, { ttlMs: 0 })];
    const [kept, lost] = [await patient.tryTake(['a']), await hasty.tryTake(['b'])];
    await drop();
    await patient.renew();
    await hasty.renew();
    expect(kept!.lost.aborted).toBe(false);
    expect(lost!.lost.aborted).toBe(true);
    await Promise.all([patient.close(), hasty.close()]);
  });
});

describe('with a database that is silent', () => {
  test('leases end here when they end there', async () => {
    const { database, drop } = await databases[0]!.migrated();
    const leases = new Leases(database.db, { ttlMs: 300 });
    const held = await leases.tryTake(['run:1']);
    const silence = Promise.withResolvers<void>();
    // The one connection that PGlite has answers nobody else until the transaction ends.
    const silent = database.db.transaction().execute(() => silence.promise);
    await expect.poll(() => held!.lost.aborted).toBe(true);
    silence.resolve();
    await silent;
    await leases.close();
    await drop();
  });
});

describe.each(databases)('LINE’s limits on $kind', (kind) => {
  const its = useDatabase(kind);
  const opened: Leases[] = [];
  afterEach(async () => {
    for (const leases of opened.splice(0)) await leases.close();
  });

  /** A process of its own; whoever must wait there waits until `wake` is called. */
  const process_ = async () => {
    const { db } = await its.another();
    const leases = new Leases(db);
    opened.push(leases);
    const sleepers: (() => void)[] = [];
    const asleep = Promise.withResolvers<void>();
    const slept: number[] = [];
    const limits = new DatabaseLimits({
      db,
      leases,
      sleep: (ms, signal) => {
        slept.push(ms);
        asleep.resolve();
        return new Promise((resolve, reject) => {
          sleepers.push(resolve);
          signal?.addEventListener('abort', () => reject(signal.reason));
        });
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

  test('no eleven requests of one key in a second, over all processes, whoever asks when', async () => {
    const processes = await Promise.all([process_(), process_(), process_()]);
    const grants = await Promise.all(
      Array.from({ length: 65 }, (_, n) => reserveRequest(processes[n % 3]!.db, 'key')),
    );
    const times = grants.map(({ at }) => at.getTime()).sort((a, b) => a - b);
    for (let n = 10; n < times.length; n += 1)
      expect(times[n]! - times[n - 10]!).toBeGreaterThanOrEqual(1000);
    const { rows } = await sql<{
      seen: string;
    }>`select json_agg(r)::text as seen from lineup.request_rates r`.execute(its.database.db);
    expect(rows[0]?.seen).not.toContain('"key"');
  });

  test('a process that stood still for longer than its leases sends nothing under them', async () => {
    const { db } = await its.another();
    const leases = new Leases(db, { ttlMs: 500 });
    opened.push(leases);
    const limits = new DatabaseLimits({ db, leases, sleep: async () => {} });
    const held = await leases.tryTake(['run:1']);
    // As SIGSTOP and SIGCONT do: nothing here goes on, and nothing learns of the time that has passed.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    await expect(limits.rate('a key').acquire(held!.lost)).rejects.toMatchObject({ code: 'run_taken_over' });
  });

  test('keys do not hold each other up, and a wait is as long as told', async () => {
    const { db, limits, slept, asleep, wake } = await process_();
    for (let n = 0; n < 10; n += 1) await limits.rate('one').acquire();
    expect(slept).toEqual([]);
    await limits.rate('two').acquire();
    expect(slept).toEqual([]);
    const aborted = limits.rate('one').acquire(AbortSignal.abort(new Error('stop')));
    await expect(aborted).rejects.toThrow('stop');
    // Ten requests are reserved half a minute ahead: the next comes a window after them, on a slow machine too.
    await sql`
      update lineup.request_rates
      set grants = array_fill(clock_timestamp() + interval '30 seconds', array[10])`.execute(db);
    const next = limits.rate('one').acquire();
    await asleep;
    expect(slept[0]).toBeGreaterThan(0);
    expect(slept[0]).toBeLessThanOrEqual(31_200);
    wake();
    await next;
  });

  test('each comes as early as may be: a window after the tenth before it', async () => {
    const { db } = await process_();
    await reserveRequest(db, 'key');
    await sql`
      update lineup.request_rates
      set grants = array(select clock_timestamp() + make_interval(secs => 30 + n / 10.0) from generate_series(1, 10) as n)`.execute(
      db,
    );
    const { grants } = await db.selectFrom('request_rates').select('grants').executeTakeFirstOrThrow();
    for (const before of [0, 1, 2]) {
      const { at } = await reserveRequest(db, 'key');
      // To the millisecond: a Date keeps no more of the database's microseconds.
      expect(Math.abs(at.getTime() - grants[before]!.getTime() - 1200)).toBeLessThanOrEqual(1);
    }
  });

  test('a clock that was put back does not stop all requests', async () => {
    const { db } = await process_();
    for (let n = 0; n < 10; n += 1) await reserveRequest(db, 'key');
    await sql`update lineup.request_rates set grants = array(select at + interval '1 day' from unnest(grants) as at)`.execute(
      db,
    );
    expect((await reserveRequest(db, 'key')).waitMs).toBe(0);
  });

  test('one upload per audience and three replaces per ad account, over all processes', async () => {
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
    await a.leases.close();
    b.wake();
    await second;

    for (let n = 0; n < 3; n += 1) await (n % 2 ? a : b).limits.replaceSlot('A1');
    await a.limits.replaceSlot('A2');
    const stop = new AbortController();
    const fourth = a.limits.replaceSlot('A1', stop.signal);
    await a.asleep;
    stop.abort(new Error('no more patience'));
    await expect(fourth).rejects.toThrow('no more patience');
  });
});
