/** The health report: all audiences, sorted by what deserves attention. */
import type { AudienceHealth, HealthCounts, HealthPoint, HealthReport } from '../../contracts/health-report.ts';
import type { HealthReports } from '../../contracts/use-cases.ts';
import { matchRateOf } from '../../domain/audiences/size.ts';
import { invalidCursor } from '../../domain/values/paging.ts';
import type { Db } from '../../store/database/database.ts';
import {
  type AudienceFacts,
  audienceDetails,
  audienceStates,
  keyOf,
  latestPoints,
  membersAt,
  pointsKey,
  pointsOf,
  type StoredPoint,
} from '../../store/repositories/health-report.ts';
import { incompleteOf } from '../../store/repositories/incomplete-runs.ts';
import type { UseCaseDeps } from '../deps.ts';
import { Reuse } from '../reuse.ts';
import { type Assessment, assess, POINTS_FOR_RULES } from './concerns.ts';

const WEEK = 7 * 24 * 3_600_000;
/** How many points the trend of an audience has. */
const TREND = 30;

type HealthDeps = Pick<UseCaseDeps, 'db' | 'now'>;

/** The points of so many audiences are not read anew for each report. */
const MANY_AUDIENCES = 1_000;

/** What the runs of all audiences have shown lately. */
export type LatestPoints = Reuse<ReadonlyMap<string, readonly StoredPoint[]>>;

export const knownPoints = ({ now }: Pick<UseCaseDeps, 'now'>): LatestPoints =>
  new Reuse({ now: () => now(), isLarge: ({ size }) => size >= MANY_AUDIENCES });

export const healthReportUseCases = ({ db, now }: HealthDeps, known: LatestPoints): HealthReports => ({
  read: async ({ limit, cursor, level }) => {
    const at = now();
    const { all: every, pointsAt } = await assessAll(db, at, known);
    const all = level === undefined ? every : every.filter((audience) => audience.level === level);
    const start = cursor === undefined ? 0 : startAfter(all, cursor);
    const shown = all.slice(start, start + limit);
    const last = shown.at(-1);
    return {
      items: await describe(db, shown, at),
      next: last && start + limit < all.length ? cursorAt(last) : null,
      total: all.length,
      before: start,
      counts: countLevels(every),
      points_at: pointsAt.toISOString(),
    };
  },
});

/** The first audiences of the report, and the number at each level. */
export async function headOfReport(
  db: Db,
  at: Date,
  limit: number,
  known = knownPoints({ now: () => at }),
): Promise<Pick<HealthReport, 'items' | 'total' | 'counts'>> {
  const { all } = await assessAll(db, at, known);
  return { items: await describe(db, all.slice(0, limit), at), total: all.length, counts: countLevels(all) };
}

/** An audience with what was found about it. */
export interface Assessed extends Assessment {
  readonly facts: AudienceFacts;
}

/**
 * All audiences, the worst first. The state of each job is that of now. What is known of the runs may be some minutes
 * old when there are very many audiences.
 */
export async function assessAll(
  db: Db,
  at: Date,
  known: LatestPoints,
): Promise<{ readonly all: Assessed[]; readonly pointsAt: Date }> {
  const [states, points] = await Promise.all([
    audienceStates(db),
    known.ask('all', () => latestPoints(db, POINTS_FOR_RULES)),
  ]);
  const all = states.map((state): Assessed => {
    const facts = { ...state, latest: points.value.get(pointsKey(state)) ?? [] };
    return { facts, ...assess(facts, at) };
  });
  return { all: all.sort(byAttention), pointsAt: points.at };
}

/** Those with the same score in the order of their names, as computers compare them: the same for every reader. */
const byAttention = (a: Position, b: Position): number =>
  b.score - a.score ||
  compare(a.facts.jobName, b.facts.jobName) ||
  compare(a.facts.jobId, b.facts.jobId) ||
  a.facts.delivery - b.facts.delivery;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const countLevels = (all: readonly Assessed[]): HealthCounts => ({
  needs_person: all.filter(({ level }) => level === 'needs_person').length,
  worth_a_look: all.filter(({ level }) => level === 'worth_a_look').length,
  healthy: all.filter(({ level }) => level === 'healthy').length,
});

/** A place in the order. A page begins after the last audience of the page before, even when that has moved since. */
interface Position {
  readonly score: number;
  readonly facts: Pick<AudienceFacts, 'jobName' | 'jobId' | 'delivery'>;
}

const cursorAt = ({ score, facts: { jobName, jobId, delivery } }: Position): string =>
  Buffer.from(JSON.stringify([score, jobName, jobId, delivery])).toString('base64url');

function startAfter(all: readonly Assessed[], cursor: string): number {
  const after = positionOf(cursor);
  const start = all.findIndex((assessed) => byAttention(assessed, after) > 0);
  return start === -1 ? all.length : start;
}

/** @throws {LineupError} `invalid_argument` */
function positionOf(cursor: string): Position {
  try {
    const [score, jobName, jobId, delivery] = JSON.parse(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    ) as unknown[];
    const areNumbers = Number.isSafeInteger(score) && Number.isSafeInteger(delivery);
    if (areNumbers && typeof jobName === 'string' && typeof jobId === 'string') {
      return { score: score as number, facts: { jobName, jobId, delivery: delivery as number } };
    }
  } catch {
    // No list in JSON.
  }
  throw invalidCursor();
}

/** Audiences as the API shows them. */
export async function describe(db: Db, shown: readonly Assessed[], at: Date): Promise<AudienceHealth[]> {
  const ids = [...new Set(shown.map(({ facts }) => facts.jobId))];
  const points = await pointsOf(db, ids, TREND);
  const weekAgo = await membersAt(db, ids, new Date(at.getTime() - WEEK));
  const parts = await incompleteOf(db, ids);
  const details = await audienceDetails(db, ids);
  return shown.flatMap(({ facts, level, concerns, score }) => {
    const known = details.get(keyOf(facts));
    // Deleted meanwhile.
    if (!known) return [];
    const history = (points.get(keyOf(facts)) ?? []).toReversed().map(describePoint);
    const part = parts.get(facts.jobId);
    return {
      job_id: facts.jobId,
      job_name: facts.jobName,
      ad_account_id: known.adAccountId,
      audience_id: facts.audienceId,
      ...(known.audiences > 1 && {
        delivery: facts.delivery,
        audience_name: known.audienceName,
        identifier_type: known.identifierType,
      }),
      condition: facts.condition,
      error: known.error,
      error_count: known.errorCount,
      next_run_at: known.sleepUntil?.toISOString() ?? null,
      incomplete_at_line: part ? { run_id: part.runId, sent: part.sent, total: part.total } : null,
      level,
      concerns,
      score,
      last_success_at: history.at(-1)?.at ?? null,
      members: history.at(-1)?.members ?? null,
      members_week_ago: weekAgo.get(keyOf(facts)) ?? null,
      history,
    };
  });
}

const describePoint = ({ at, members, estimate, unique }: StoredPoint): HealthPoint => ({
  at: new Date(at).toISOString(),
  members,
  estimated_size: estimate,
  match_rate: matchRateOf(estimate, unique),
});
