/** The overview: what the first page of the web app shows of all jobs. */
import type { Attention, Overview } from '../../contracts/overview.ts';
import type { Overviews } from '../../contracts/use-cases.ts';
import { historyDays } from '../../domain/jobs/history.ts';
import { maySeeLeftOut } from '../../domain/runs/left-out.ts';
import { serviceRunStatus } from '../../domain/runs/run.ts';
import { getJobs } from '../../store/repositories/jobs.ts';
import {
  countRuns,
  type DayOfDurations,
  type DayOfTotals,
  dailyDurations,
  dailyTotals,
  expectedDurations,
  jobsGoingOn,
  runningRuns,
} from '../../store/repositories/overview.ts';
import type { UseCaseDeps } from '../deps.ts';
import { type Assessed, assessAll, countLevels, describe, type LatestPoints } from '../health-report/index.ts';
import { viewsOf } from '../jobs/index.ts';
import { Reuse } from '../reuse.ts';
import { readSettings } from '../settings.ts';
import { actionFor, refusedAuthorization } from './attention.ts';
import { calendarOf } from './calendar.ts';
import { lastDays, seriesOf } from './series.ts';

/** How many jobs that deserve attention are named. */
const NAMED = 5;
/** How many running runs are named. */
const RUNNING = 5;

type OverviewDeps = Pick<UseCaseDeps, 'db' | 'now'>;

/** The sizes after so many runs are not added up anew for each overview. */
const MANY_SIZES = 20_000;
/** One answer has the sums of all ranges of days. */
const LONGEST = Math.max(...historyDays.map(Number));

/** The times of so many jobs are not calculated anew for each overview. */
const MANY_JOBS = 1_000;

interface Days {
  readonly totals: readonly DayOfTotals[];
  readonly durations: readonly DayOfDurations[];
}

interface Plan {
  readonly jobs: number;
  readonly hours: Overview['calendar'];
}

export function overviewUseCases(deps: OverviewDeps, points: LatestPoints): Overviews {
  const now = () => deps.now();
  const ofDays = new Reuse<Days>({
    now,
    isLarge: ({ totals }) => totals.reduce((sum, { sizes }) => sum + sizes, 0) >= MANY_SIZES,
  });
  const plans = new Reuse<Plan>({ now, isLarge: ({ jobs }) => jobs >= MANY_JOBS });
  return {
    read: async (count, role) => {
      const { db } = deps;
      const at = now();
      const timezone = (await readSettings(db)).appearance.time_zone ?? 'UTC';
      const days = lastDays(at, LONGEST, timezone);
      const inTens = !maySeeLeftOut(role);
      const assessed = assessAll(db, at, points);
      // At the same time, because the database takes its time for some of them.
      const [report, runs, series, plan, attention] = await Promise.all([
        assessed,
        runsOf(deps, days.at(-1)!),
        ofDays.ask(JSON.stringify([days, inTens]), () => readDays(db, days, inTens)),
        plans.ask(timezone, () => planOf(deps, at, timezone)),
        assessed.then(({ looked }) => attentionOf(deps, looked, at)),
      ]);
      return {
        at: at.toISOString(),
        points_at: report.pointsAt.toISOString(),
        series_at: series.at.toISOString(),
        calendar_at: plan.at.toISOString(),
        counts: countLevels(report),
        runs,
        series: seriesOf(days, series.value.totals, series.value.durations, count),
        calendar: plan.value.hours,
        attention,
      };
    },
  };
}

async function readDays(db: OverviewDeps['db'], days: readonly Date[], inTens: boolean): Promise<Days> {
  const [totals, durations] = await Promise.all([dailyTotals(db, days, inTens), dailyDurations(db, days)]);
  return { totals, durations };
}

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

async function planOf({ db }: OverviewDeps, now: Date, timezone: string): Promise<Plan> {
  const jobs = await jobsGoingOn(db);
  const hours = calendarOf(jobs, now, timezone);
  const named = new Set(hours.flatMap(({ first }) => first.map(({ jobId }) => jobId)));
  const expected = await expectedDurations(db, [...named]);
  const shown = hours.map(({ from, runs, first }) => ({
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
  return { jobs: jobs.length, hours: shown };
}

/** A job with several audiences is named once, with the worst of them. */
async function attentionOf(deps: OverviewDeps, looked: readonly Assessed[], now: Date): Promise<Attention[]> {
  const jobs = new Map<string, Assessed>();
  for (const assessed of looked) {
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
