/** A destination that takes nothing more into an audience: the chore sees it, and the job is told. */
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { DomainEvent } from '../../src/contracts/domain-events.ts';
import { destinationKinds } from '../../src/destinations/kinds.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import type { JobsContext } from '../../src/jobs/context.ts';
import { initialState } from '../../src/jobs/states.ts';
import { createJob } from '../../src/store/repositories/jobs.ts';
import type { ChoreDeps } from '../../src/use-cases/deps.ts';
import { watchMatching } from '../../src/use-cases/matching.ts';
import { toyKit } from '../destinations/toy/kit.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { journalsOn, storeOn } from '../support/journals.ts';
import { leasesOn } from '../support/leases.ts';
import { ended, staged, started } from '../support/runs.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';
import { addEvents, sendingOf, time } from '../support/stored-runs.ts';

const DAY = 24 * 60;
const key = newKey();

/** The toy behind the name of a destination whose members leave by age. */
async function toyAs(id: string) {
  const { kit, simulator } = await toyKit();
  const destination = await kit.connect();
  const at = destinationKinds.findIndex((kind) => kind.id === id);
  const before = destinationKinds[at]!;
  const kinds = destinationKinds as unknown as (typeof before)[];
  kinds[at] = { id, load: async () => ({ connect: () => destination }) };
  onTestFinished(async () => {
    kinds[at] = before;
    await simulator.close();
  });
  return simulator;
}

describe.each(databases)('an audience that cannot be used, on $kind', (kind) => {
  const current = useDatabase(kind);
  let now = at(0);
  let told: DomainEvent[] = [];
  beforeEach(() => {
    now = at(0);
    told = [];
  });

  async function chore() {
    const { db } = current.database;
    const store = storeOn(db, { publish: async (_tx, event) => void told.push(event) });
    const leases = leasesOn(db);
    onTestFinished(() => leases.close());
    const jobs = { store, now: () => now, log: { record: () => {} }, retryLimitMs: 0, newRunId: () => '' };
    return {
      db,
      now: () => now,
      jobs: jobs as unknown as JobsContext,
      journals: journalsOn(db, { leases, box: await openBox(db, key) }),
      destinations: {
        authorizations: {
          providerOf: async () => 'ly_ads',
          reveal: async () => new Secret({}),
          isSaved: () => false,
        },
        baseUrls: {},
      },
    } as unknown as ChoreDeps;
  }

  async function setUp() {
    const simulator = await toyAs('ly_ads');
    const list = simulator.addList('VIP');
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key), 'LY');
    const input = {
      ...aNewJob(id, { audience_name: null, audience_id: list }),
      type: 'ly_ads_audience_export' as const,
    };
    const job = await db.transaction().execute((tx) => createJob(tx, input, initialState, aiko, at(0)));
    await db
      .insertInto('runs')
      .values({ id: 'r1', job_id: job.id, job_name: 'VIP', trigger: 'created', status: 'queued', queued_at: at(0) })
      .execute();
    await addEvents(storeOn(db), 'r1', [
      started('r1', time(0), { destination: 'ly_ads', mode: 'append' }),
      staged(time(0), 100),
      ...sendingOf(1, 'whole', 0, list),
      ended(time(1)),
    ]);
    const deps = await chore();
    const watch = async (minutes: number) => {
      now = at(minutes);
      await watchMatching(deps, AbortSignal.timeout(60_000));
      return told.splice(0).map((event) => [event.type, 'message' in event ? event.message : null]);
    };
    const stop = (isStopped: boolean) => {
      simulator.lists.get(list)!.isStopped = isStopped;
    };
    const requests = () => simulator.requests.splice(0).filter((request) => request !== 'POST /token').length;
    return { job, watch, stop, requests };
  }

  test('is told once, with what to do, and again when it can be used', async () => {
    const { job, watch, stop } = await setUp();
    expect(await watch(10)).toEqual([]);
    stop(true);
    expect(await watch(30)).toEqual([['alert_raised', 'The toy takes nothing more into this list. Use it in an ad.']]);
    expect(await watch(60)).toEqual([]);
    const { open } = await storeOn(current.database.db).alertsOf(job.id);
    expect(open).toMatchObject([{ rule: 'audience_unusable' }]);
    stop(false);
    expect(await watch(90)).toEqual([['alert_cleared', 'The audience can be used again.']]);
  });

  test('is looked for once a day when no run comes any more, until the list is empty', async () => {
    const { watch, stop, requests } = await setUp();
    await watch(2 * DAY - 30);
    requests();
    await watch(2 * DAY + 5);
    expect(requests()).toBe(0);
    stop(true);
    expect(await watch(3 * DAY)).toMatchObject([['alert_raised', expect.any(String)]]);
    requests();
    await watch(3 * DAY + 60);
    expect(requests()).toBe(0);
    await watch(181 * DAY);
    expect(requests()).toBe(0);
  });
});
