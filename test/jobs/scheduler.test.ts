/** Many jobs that are due at the same time. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { LogFields } from '../../src/contracts/event-log.ts';
import type { Clock } from '../../src/contracts/ports.ts';
import { scheduleOf } from '../../src/domain/schedule/schedule.ts';
import { RunJournals } from '../../src/jobs/run-journals.ts';
import { nextSlot } from '../../src/jobs/schedule.ts';
import { type Chore, Scheduler } from '../../src/jobs/scheduler.ts';
import { initialState } from '../../src/jobs/states.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { HeldLeases } from '../../src/store/coordination/leases.ts';
import { aNewJob, at } from '../support/service.ts';
import { addEvents, makeJob, queueRun, sentIn } from '../support/stored-runs.ts';
import { stores, type TestStore } from '../support/stores.ts';

const JOBS = 45;
const noStaging = () => {
  throw new Error('nothing is staged here');
};

describe.each(stores)('the scheduler, when many jobs are due, on $kind', (kind) => {
  const current = kind.use(true);
  let stores: TestStore;
  let minute: number;
  let logged: [string, LogFields?][];
  let runs: number;
  let monotonicMs: number;
  beforeEach(async () => {
    stores = await current.open();
    minute = JOBS;
    logged = [];
    runs = 0;
    monotonicMs = 0;
  });

  const schedulerOf = (
    { store, leases: table }: TestStore,
    chores: readonly Chore[] = [],
    clock: Clock = systemClock,
  ) => {
    const leases = new HeldLeases(table, { clock: systemClock, holder: 'a process of the test' });
    return new Scheduler({
      context: {
        store,
        queue: { enqueueAgain: async () => {} },
        log: { record: (name, fields) => void logged.push([name, fields]) },
        now: () => at(minute),
        retryLimitMs: 0,
        newRunId: () => `run-${String(++runs).padStart(3, '0')}`,
      },
      journals: new RunJournals({ store, leases, stagedOf: noStaging }),
      leases,
      chores,
      clock,
    });
  };

  /** The same store for a version that does not know what a job asks for. */
  const readingAsOlder = ({ store, ...others }: TestStore): TestStore => ({
    ...others,
    store: {
      ...store,
      transaction: (work) =>
        store.transaction((tx) =>
          work({
            ...tx,
            lockJob: async (id) => ({ ...(await tx.lockJob(id)), damaged: ['configuration.new'] }),
          }),
        ),
    },
  });

  /** Its time comes after `due` minutes. */
  const sleeping = async (due: number, authorization: string) => {
    const state = { ...initialState, status: 'sleeping', slot: at(due), sleepUntil: at(due) } as const;
    return (await makeJob(stores.store, authorization, {}, state)).id;
  };
  /** Jobs that are due one minute after another, in this order, and created in another. */
  const dueJobs = async () => {
    const authorization = await current.authorize();
    const ids: string[] = [];
    for (let n = 0; n < JOBS; n++) {
      const due = (n * 7) % JOBS;
      ids[due] = await sleeping(due, authorization);
    }
    return ids;
  };
  const lastRuns = (ids: readonly string[]) => Promise.all(ids.map((id) => stores.store.lastRun(id)));
  const wokenJobs = () => logged.filter(([name]) => name === 'job.woken').map(([, fields]) => fields?.job_id);

  /** The scheduler waits for its next look until it is told to look. */
  const patient = (store: TestStore, chores: readonly Chore[] = []) => {
    const looks = { waits: 0, until: at(minute) };
    const until: Clock['until'] = (time, signal) => {
      looks.waits += 1;
      looks.until = time;
      return new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
    };
    const monotonic = () => monotonicMs;
    return { looks, scheduler: schedulerOf(store, chores, { ...systemClock, until, monotonic }) };
  };

  test('wakes all in one look, the longest overdue first, and no other', async () => {
    const ids = await dueJobs();
    const later = await sleeping(minute + 1, await current.authorize());
    await schedulerOf(stores).look();
    expect(wokenJobs()).toEqual(ids);
    const started = await lastRuns(ids);
    expect(started.map((run) => run?.id)).toEqual([...(await current.messages())].sort());
    for (const run of started) expect(run).toMatchObject({ status: 'queued', trigger: 'schedule' });
    expect(await stores.store.lastRun(later)).toBeUndefined();
  });

  test('starts one run for each, however many processes look at once', async () => {
    const ids = await dueJobs();
    const others = [await current.open(), await current.open()];
    await Promise.all([stores, ...others].map((store) => schedulerOf(store).look()));
    expect(await current.messages()).toHaveLength(JOBS);
    expect(wokenJobs().sort()).toEqual([...ids].sort());
    expect(logged.filter(([name]) => name === 'job.wake_failed')).toEqual([]);
  });

  test('wakes the others when one cannot wake, and says which', async () => {
    const ids = await dueJobs();
    const stuck = ids[JOBS - 3]!;
    // Its previous run is still there.
    await queueRun(stores.store, 'earlier', stuck);
    await schedulerOf(stores).look();
    expect(wokenJobs()).toEqual(ids.filter((id) => id !== stuck));
    expect(logged.filter(([name]) => name === 'job.wake_failed')).toMatchObject([
      ['job.wake_failed', { job_id: stuck, err: { code: 'action_not_allowed' } }],
    ]);
    expect((await stores.store.getJob(stuck)).state.status).toBe('sleeping');
    minute += 1;
    await schedulerOf(stores).look();
    expect(wokenJobs()).toHaveLength(JOBS - 1);
  });

  test('does for many jobs at once what it does for each of them alone', async () => {
    const oneByOne: TestStore = {
      ...stores,
      store: { ...stores.store, transaction: (work) => stores.store.transaction(work) },
    };
    const outcomes = [];
    for (const storage of [stores, oneByOne]) {
      const ids = await jobsInEveryState();
      const before = new Set(await current.messages());
      await schedulerOf(storage).look();
      const messages = (await current.messages()).filter((id) => !before.has(id));
      const outcome = [];
      for (const id of ids) {
        const last = await stores.store.lastRun(id);
        const { status, sleepUntil, slot, errors, error } = (await stores.store.getJob(id)).state;
        const kept = last && { status: last.status, trigger: last.trigger, slot: last.summary.slot };
        const logs = last && (await stores.store.hasTransition(id, 'wake', last.id));
        outcome.push({
          state: { status, sleepUntil, slot, errors, error },
          run: last && { ...kept, isNew: !last.id.startsWith('earlier'), account: last.summary.ad_account_id },
          logs,
          sent: last && messages.includes(last.id),
        });
      }
      outcomes.push(outcome);
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(outcomes[0]!.map(({ state, run }) => [state.status, run?.isNew])).toEqual([
      ['runnable', true],
      ['runnable', true],
      ['runnable', false],
      ['runnable', false],
      ['sleeping', undefined],
    ]);
  });

  /** They sleep: before the first run, after a success, after an interruption, after a failure, not due. */
  const jobsInEveryState = async () => {
    const authorization = await current.authorize();
    const error = { code: 'line_unreachable', message: 'LINE is away.', reason: null };
    const failed = { errors: { count: 2, since: at(0) }, error, slot: at(99) };
    const due = { ...initialState, status: 'sleeping', slot: at(9), sleepUntil: at(9) } as const;
    const make = async (state: object) => (await makeJob(stores.store, authorization, {}, { ...due, ...state })).id;
    const ids = [
      await make({}),
      await make({}),
      await make(failed),
      await make(failed),
      await make({ sleepUntil: at(99), slot: at(99) }),
    ];
    const [, succeeded, interrupted, broken] = ids as [string, string, string, string];
    for (const [id, end] of [
      [succeeded, 'succeeded'],
      [interrupted, 'interrupted'],
      [broken, 'failed'],
    ] as const) {
      const runId = `earlier-${id}`;
      await queueRun(stores.store, runId, id);
      const events = sentIn(runId, 1, end);
      await addEvents(stores.store, runId, end === 'failed' ? [events[0]!, events.at(-1)!] : events);
    }
    return ids;
  };

  test('leaves a job that it cannot read to a version that can, and gives the lease to it', async () => {
    const id = await sleeping(0, await current.authorize());
    const older = patient(readingAsOlder(stores));
    older.scheduler.start();
    // As long as no other process takes the lease, it has it for each look.
    for (const look of [1, 2, 3]) {
      await expect.poll(() => older.looks.waits).toBe(look);
      monotonicMs += 60_000;
      older.scheduler.lookNow();
    }
    await expect.poll(() => older.looks.waits).toBe(4);
    expect(wokenJobs()).toEqual([]);
    expect(logged.map(([name]) => name)).toEqual(['scheduler.lease_taken']);
    const newer = patient(await current.open());
    newer.scheduler.start();
    await expect.poll(() => newer.looks.waits).toBe(1);
    expect(wokenJobs()).toEqual([id]);
    await Promise.all([older.scheduler.stop(), newer.scheduler.stop()]);
  });

  test('gives the lease away at most once a minute, and does not look more often meanwhile', async () => {
    await sleeping(0, await current.authorize());
    const releasedAt: number[] = [];
    const older = readingAsOlder(stores);
    const leases: TestStore['leases'] = {
      ...older.leases,
      delete: async (tokens) => {
        releasedAt.push(monotonicMs);
        await older.leases.delete(tokens);
      },
    };
    const { looks, scheduler } = patient({ ...older, leases });
    scheduler.start();
    await expect.poll(() => looks.waits).toBe(1);
    for (const [earlier, ms] of [5_000, 59_999, 60_000, 65_000, 120_000].entries()) {
      monotonicMs = ms;
      scheduler.lookNow();
      await expect.poll(() => looks.waits).toBe(earlier + 2);
      expect(looks.until).toEqual(new Date(at(minute).getTime() + 5_000));
    }
    expect(releasedAt).toEqual([0, 60_000, 120_000]);
    await scheduler.stop();
    expect(wokenJobs()).toEqual([]);
  });

  test('gives the lease to another version when a chore has left it something', async () => {
    let left = 0;
    const leaving = { name: 'looks', everyMs: 0, run: async (_: AbortSignal, leave: () => void) => leave() };
    const released = { name: 'released', everyMs: 0, run: async () => {} };
    const counting = (store: TestStore): TestStore => ({
      ...store,
      leases: {
        ...store.leases,
        delete: async (tokens) => {
          left += 1;
          await store.leases.delete(tokens);
        },
      },
    });
    for (const [chore, expected] of [
      [leaving, 1],
      [released, 0],
    ] as const) {
      left = 0;
      const { looks, scheduler } = patient(counting(stores), [chore]);
      scheduler.start();
      await expect.poll(() => looks.waits).toBe(1);
      // What the chore of the first look has left is known at the second one.
      await expect.poll(() => logged.some(([name]) => name === 'chore.done')).toBe(true);
      logged.length = 0;
      scheduler.lookNow();
      await expect.poll(() => looks.waits).toBe(2);
      expect(left).toBe(expected);
      await scheduler.stop();
    }
  });

  const DAYS = 24 * 60;

  test('calculates the times of sleeping jobs again when a clock that was days ahead is set right', async () => {
    const authorization = await current.authorize();
    const scheduler = schedulerOf(stores);
    await scheduler.look();
    // The schedule is daily at this time of day, and four tries have failed.
    const right = minute;
    minute += 9 * DAYS;
    const slot = nextSlot(scheduleOf(aNewJob(authorization).configuration)!, at(minute));
    const scheduled = { ...initialState, status: 'sleeping', slot, sleepUntil: slot } as const;
    const error = { code: 'line_unreachable', message: 'LINE is away.', reason: null };
    const errors = { count: 4, since: at(minute) };
    const retrying = { ...scheduled, sleepUntil: at(minute + 8), errors, error } as const;
    const [first, second] = [
      await makeJob(stores.store, authorization, {}, scheduled),
      await makeJob(stores.store, authorization, {}, retrying),
    ];
    await scheduler.look();
    expect((await stores.store.getJob(first.id)).state).toMatchObject({ sleepUntil: slot });
    minute = right;
    await scheduler.look();
    const coming = nextSlot(scheduleOf(first.configuration)!, at(right));
    expect((await stores.store.getJob(first.id)).state).toMatchObject({ slot: coming, sleepUntil: coming });
    const { sleepUntil } = (await stores.store.getJob(second.id)).state;
    expect([at(right + 8), coming]).toContainEqual(sleepUntil);
    expect(logged.filter(([name]) => name === 'job.rescheduled')).toHaveLength(2);
    // Another process that takes over later finds them as they must be.
    await schedulerOf(await current.open()).look();
    expect(logged.filter(([name]) => name === 'job.rescheduled')).toHaveLength(2);
  });

  test('leaves the times of a job alone that a newer version changes before it is locked', async () => {
    const authorization = await current.authorize();
    const slot = at(minute + 9 * DAYS);
    const { id } = await makeJob(
      stores.store,
      authorization,
      {},
      { ...initialState, status: 'sleeping', slot, sleepUntil: slot },
    );
    const stored = async () => (await stores.store.getJob(id)).state.sleepUntil;
    // Its list of sleeping jobs was read before the change.
    await schedulerOf(readingAsOlder(stores)).look();
    expect([await stored(), logged.filter(([name]) => name === 'job.rescheduled')]).toEqual([slot, []]);
    await schedulerOf(await current.open()).look();
    expect(await stored()).not.toEqual(slot);
  });

  test('does a chore in time after the clock was set back', async () => {
    let done = 0;
    const run = async () => {
      done += 1;
    };
    const scheduler = schedulerOf(stores, [{ name: 'tidy', everyMs: 3_600_000, run }]);
    minute += 9 * DAYS;
    await scheduler.look();
    await scheduler.look();
    expect(done).toBe(1);
    minute -= 9 * DAYS;
    await scheduler.look();
    expect(done).toBe(2);
  });
});
