/** Lists whose members leave by age: when they are empty, who learns of it, and which runs stay for it. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../src/contracts/domain-events.ts';
import type { StoredJob } from '../../src/contracts/job-store.ts';
import type { JobState } from '../../src/contracts/jobs.ts';
import { ageingJobs } from '../../src/doctor/ageing.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { reportAlertsAfter } from '../../src/jobs/alerts.ts';
import { type JobsContext, within } from '../../src/jobs/context.ts';
import { initialState } from '../../src/jobs/states.ts';
import { createJob, deleteJob, lockJob } from '../../src/store/repositories/jobs.ts';
import { purgeRuns } from '../../src/store/repositories/run-history.ts';
import { writeSetting } from '../../src/store/repositories/settings.ts';
import { jobsWithIdentifier, writtenAudiences } from '../../src/store/repositories/traces-of-people.ts';
import { watchEmptying } from '../../src/use-cases/emptying.ts';
import { healthReportUseCases, knownPoints } from '../../src/use-cases/health-report/index.ts';
import { viewsOf } from '../../src/use-cases/jobs/index.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { storeOn } from '../support/journals.ts';
import { ended, staged, started } from '../support/runs.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';
import {
  AUDIENCE,
  addEvents,
  bothStaged,
  type Sent,
  SIBLING_AUDIENCE,
  sendingOf,
  time,
  withPhone,
} from '../support/stored-runs.ts';

const DAY = 24 * 60;
const key = newKey();
const paused: JobState = { ...initialState, status: 'paused' };
const failed: JobState = {
  ...initialState,
  status: 'failed',
  error: { code: 'audience_not_found', message: 'x', reason: null },
};

describe.each(databases)('lists that run empty on $kind', (kind) => {
  const current = useDatabase(kind);
  let now = at(0);
  let told: DomainEvent[] = [];
  beforeEach(() => {
    now = at(0);
    told = [];
  });

  const store = () =>
    storeOn(current.database.db, {
      publish: async (_tx, event) => {
        told.push(event);
      },
    });
  const deps = () => {
    const jobs = {
      store: store(),
      now: () => now,
      log: { record: () => {} },
      retryLimitMs: 0,
      newRunId: () => '',
    } as unknown as JobsContext;
    return { db: current.database.db, now: () => now, jobs: { ...jobs, store: store() } };
  };

  async function make(
    name: string,
    { state = paused, ...configuration }: { state?: JobState } & Record<string, unknown> = {},
    type = 'ly_ads_audience_export',
  ): Promise<StoredJob> {
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key), name);
    const input = { ...aNewJob(id, { audience_name: null, audience_id: AUDIENCE, ...configuration }), name, type };
    return db
      .transaction()
      .execute((tx) => createJob(tx, input as Parameters<typeof createJob>[1], state, aiko, at(0)));
  }

  /** A run on a day, whose members stay for so many days. */
  async function sent(job: StoredJob, day: number, memberDays = 30, events?: (minutes: number) => RunEvent[]) {
    const hasSibling = job.configuration.siblings.length > 0;
    const { db } = current.database;
    const id = `run_${job.name}_${day}`;
    const minutes = day * DAY;
    await db
      .insertInto('runs')
      .values({ id, job_id: job.id, job_name: job.name, trigger: 'schedule', status: 'queued', queued_at: at(minutes) })
      .execute();
    const begin = started(id, time(minutes), {
      destination: 'ly_ads',
      mode: 'append',
      memberDays,
      ...(hasSibling && withPhone()),
    });
    const all = events?.(minutes) ?? [
      staged(time(minutes), 100),
      ...sendingOf(1, 'whole', minutes, AUDIENCE),
      ended(time(minutes + 60)),
    ];
    await addEvents(store(), id, [begin, ...all]);
    return id;
  }

  const watch = async (day: number) => {
    now = at(day * DAY);
    await watchEmptying(deps(), AbortSignal.timeout(60_000));
    return told.splice(0).map((event) => [event.type, 'measured' in event ? event.measured : null]);
  };
  const emptyAt = async (job: StoredJob) => (await viewsOf(deps(), [job]))[0]?.runs_empty_at ?? null;

  test('a paused job is told in time, once, and again when its list is empty', async () => {
    const job = await make('VIP');
    await sent(job, 0);
    expect(await emptyAt(job)).toBe(time(30 * DAY));
    expect(await watch(22)).toEqual([]);
    expect(await watch(23)).toEqual([['alert_raised', 7]]);
    expect(await watch(24)).toEqual([]);
    const [view] = await viewsOf(deps(), [job]);
    expect(view).toMatchObject({ open_alerts: 1 });
    expect(await ageingJobs(current.database.db, now)).toEqual([
      { id: job.id, tooFew: null, emptying: expect.stringContaining('The job is paused. Resume it.') },
    ]);
    const report = await healthReportUseCases(deps(), knownPoints(deps())).read({ limit: 9 });
    expect(report.items).toMatchObject([{ level: 'needs_person', concerns: ['runs_empty', 'paused'] }]);
    expect(await watch(30)).toEqual([['alert_raised', 0]]);
    expect(await watch(31)).toEqual([]);
    const open = await store().alertsOf(job.id);
    expect(open.open).toMatchObject([{ rule: 'runs_empty', threshold: 7, measured: 0 }]);
  });

  test('who is sent no more stays as long as the days were when the last runs sent them', async () => {
    const { db } = current.database;
    const job = await make('VIP', { member_days: 10 });
    const stayOn = async (day: number) => {
      now = at(day * DAY);
      return (await viewsOf(deps(), [job]))[0]?.longest_stay_days;
    };
    expect(await stayOn(0)).toBe(10);
    await sent(job, 0, 40);
    await sent(job, 5, 20);
    await sent(job, 6, 10);
    expect([await stayOn(7), await stayOn(39), await stayOn(41)]).toEqual([40, 40, 10]);
    now = at(7 * DAY);
    expect((await jobsWithIdentifier(db, 'email', now)).map(({ memberDays }) => memberDays)).toEqual([40]);
    // Also when no job is left that fills the list.
    await db.transaction().execute((tx) => deleteJob(tx, job.id));
    expect((await writtenAudiences(db, 'email')).map(({ days }) => days)).toEqual([40]);
  });

  test('the run that sends the members again ends it', async () => {
    const job = await make('VIP', { state: failed });
    await sent(job, 0);
    expect(await watch(28)).toEqual([['alert_raised', 2]]);
    const runId = await sent(job, 29);
    await store().transaction(async (tx) => {
      const run = await tx.getRun(runId);
      await reportAlertsAfter(within(deps().jobs, tx), await tx.lockJob(job.id), { ...run, status: 'succeeded' });
    });
    expect(told.splice(0)).toMatchObject([{ type: 'alert_cleared', rule: 'runs_empty' }]);
    expect(await watch(30)).toEqual([]);
    expect(await emptyAt(job)).toBe(time(59 * DAY));
  });

  test('the chore ends it, too, when a person has run the job meanwhile', async () => {
    const job = await make('VIP');
    await sent(job, 0);
    await watch(28);
    await sent(job, 29);
    expect(await watch(30)).toEqual([['alert_cleared', 29]]);
  });

  test('only what came whole counts, for each list, and the first empty list of a job', async () => {
    const job = await make('VIP', {
      siblings: [{ identifier_type: 'phone', id_field: 'phone', audience_id: SIBLING_AUDIENCE }],
    });
    const both = (first: Sent, second: Sent) => (minutes: number) => [
      bothStaged(minutes),
      ...sendingOf(1, first, minutes, AUDIENCE),
      ...sendingOf(2, second, minutes, SIBLING_AUDIENCE),
      ended(time(minutes), first === 'whole' && second === 'whole' ? 'succeeded' : 'failed'),
    ];
    expect(await emptyAt(job)).toBeNull();
    await sent(job, 0, 30, both('whole', 'whole'));
    await sent(job, 1, 30, both('whole', 'part'));
    expect(await emptyAt(job)).toBe(time(30 * DAY));
    await sent(job, 2, 10, both('part', 'whole'));
    expect(await emptyAt(job)).toBe(time(12 * DAY));
  });

  test('a list that has kept its own days is empty after these', async () => {
    const job = await make('VIP');
    const warning = { code: 'member_days_kept' as const, count: 9, message: 'It keeps its days.' };
    await sent(job, 0, 30, (minutes) => [
      staged(time(minutes), 100),
      { type: 'warning', at: time(minutes), warning },
      ...sendingOf(1, 'whole', minutes, AUDIENCE),
      ended(time(minutes)),
    ]);
    expect(await emptyAt(job)).toBe(time(9 * DAY));
  });

  test('an own rule decides, and jobs whose members leave otherwise are not concerned', async () => {
    const quiet = await make('Quiet', { alerts: { runs_empty: { action: 'off' } } });
    const early = await make('Early', { alerts: { runs_empty: { action: 'warn', days: 10 } } });
    const line = await make('LINE', {}, 'line_ads_audience_export');
    const usual = await make('Usual');
    for (const job of [quiet, early, line, usual]) await sent(job, 0);
    expect(await emptyAt(line)).toBeNull();
    const { db } = current.database;
    const off = { value: { runs_empty: { action: 'off' } } };
    await writeSetting(db, await openBox(db, key), 'alerts', off, aiko, now);
    expect(await watch(21)).toEqual([['alert_raised', 9]]);
    expect(await watch(29)).toEqual([]);
  });

  test('the last whole run of each list stays for as long as the job lives', async () => {
    const { db } = current.database;
    const job = await make('VIP');
    const first = await sent(job, 0);
    const last = await sent(job, 1);
    await sent(job, 2, 30, (minutes) => [
      staged(time(minutes), 100),
      ...sendingOf(1, 'nothing', minutes, AUDIENCE),
      ended(time(minutes), 'failed'),
    ]);
    const left = async () => (await db.selectFrom('runs').select('id').orderBy('id').execute()).map(({ id }) => id);
    expect(await left()).toContain(first);
    expect(await purgeRuns(db, at(900 * DAY))).toBe(2);
    expect(await left()).toEqual([last]);
    expect(await emptyAt(job)).toBe(time(31 * DAY));
    await db.updateTable('jobs').set({ status: 'killed' }).execute();
    expect(await purgeRuns(db, at(900 * DAY))).toBe(1);
  });

  test('a job that was terminated has no list to care for', async () => {
    const job = await make('VIP');
    await sent(job, 0);
    await current.database.db.updateTable('jobs').set({ status: 'killed', condition: 'terminated' }).execute();
    expect(await watch(29)).toEqual([]);
    expect(await emptyAt(await current.database.db.transaction().execute((tx) => lockJob(tx, job.id)))).toBeNull();
  });
});
