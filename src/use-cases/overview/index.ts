/** The overview: what the first page of the web app shows of all jobs. */
import type { Attention, Overview } from '../../contracts/overview.ts';
import type { Overviews } from '../../contracts/use-cases.ts';
import { maySeeLeftOut } from '../../domain/runs/left-out.ts';
import { serviceRunStatus } from '../../domain/runs/run.ts';
import { getJobs } from '../../store/repositories/jobs.ts';
import {
  countRuns,
  dailyDurations,
  dailyTotals,
  expectedDurations,
  jobsGoingOn,
  runningRuns,
} from '../../store/repositories/overview.ts';
import type { UseCaseDeps } from '../deps.ts';
import { type Assessed, assessAll, countLevels, describe } from '../health-report/index.ts';
import { viewsOf } from '../jobs/index.ts';
import { readSettings } from '../settings.ts';
import { actionFor, refusedAuthorization } from './attention.ts';
import { calendarOf } from './calendar.ts';
import { lastDays, seriesOf } from './series.ts';

/** How many jobs that deserve attention are named. */
const NAMED = 5;
/** How many running runs are named. */
const RUNNING = 5;

type OverviewDeps = Pick<UseCaseDeps, 'db' | 'now'>;

export const overviewUseCases = (deps: OverviewDeps): Overviews => ({
  read: async (count, role) => {
    const { db } = deps;
    const now = deps.now();
    const timezone = (await readSettings(db)).appearance.time_zone ?? 'UTC';
    const days = lastDays(now, count, timezone);
    const assessed = assessAll(db, now);
    // At the same time, because the database takes its time for some of them.
    const [all, runs, totals, durations, planned, attention] = await Promise.all([
      assessed,
      runsOf(deps, days.at(-1)!),
      dailyTotals(db, days, !maySeeLeftOut(role)),
      dailyDurations(db, days),
      calendar(deps, now, timezone),
      assessed.then((found) => attentionOf(deps, found, now)),
    ]);
    return {
      at: now.toISOString(),
      counts: countLevels(all),
      runs,
      series: seriesOf(days, totals, durations),
      calendar: planned,
      attention,
    };
  },
});

async function runsOf({ db }: OverviewDeps, today: Date): Promise<Overview['runs']> {
  const counts = await countRuns(db, today);
  const running = await runningRuns(db, RUNNING);
  return {
    today: Object.fromEntries(
      serviceRunStatus.options.map((status) => [status, counts.get(status) ?? 0]),
    ) as Overview['runs']['today'],
    now: running.map(({ started_at, ...run }) => ({ ...run, started_at: started_at!.toISOString() })),
  };
}

async function calendar({ db }: OverviewDeps, now: Date, timezone: string): Promise<Overview['calendar']> {
  const hours = calendarOf(await jobsGoingOn(db), now, timezone);
  const named = new Set(hours.flatMap(({ first }) => first.map(({ jobId }) => jobId)));
  const expected = await expectedDurations(db, [...named]);
  return hours.map(({ from, runs, first }) => ({
    from: from.toISOString(),
    runs,
    first: first.map(({ jobId, jobName, at }) => {
      const ms = expected.get(jobId);
      return {
        job_id: jobId,
        job_name: jobName,
        at: at.toISOString(),
        expected_ms: ms === undefined ? null : Math.max(0, Math.round(ms)),
      };
    }),
  }));
}

/** A job with several audiences is named once, with the worst of them. */
async function attentionOf(deps: OverviewDeps, all: readonly Assessed[], now: Date): Promise<Attention[]> {
  const jobs = new Map<string, Assessed>();
  for (const assessed of all) {
    if (assessed.level === 'healthy' || jobs.size === NAMED) break;
    if (!jobs.has(assessed.facts.jobId)) jobs.set(assessed.facts.jobId, assessed);
  }
  const views = new Map((await viewsOf(deps, await getJobs(deps.db, [...jobs.keys()]))).map((view) => [view.id, view]));
  const described = await describe(deps.db, [...jobs.values()], now);
  return described.flatMap((audience) => {
    const job = views.get(audience.job_id);
    // Deleted meanwhile.
    if (!job) return [];
    const action = actionFor(audience.concerns, job);
    return [{ ...audience, action, authorization_id: action === 'replace_key' ? refusedAuthorization(job) : null }];
  });
}
