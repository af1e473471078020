/** The health report: all audiences, sorted by what deserves attention. */
import type {
  AudienceHealth,
  HealthCounts,
  HealthLevel,
  HealthPoint,
  HealthReport,
} from '../../contracts/health-report.ts';
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
  type PlaceByName,
  pointsKey,
  pointsOf,
  type Quiet,
  quietAudiences,
  type StoredPoint,
} from '../../store/repositories/health-report.ts';
import { incompleteOf } from '../../store/repositories/incomplete-runs.ts';
import type { UseCaseDeps } from '../deps.ts';
import { Reuse } from '../reuse.ts';
import {
  type Assessment,
  assess,
  deservesAttention,
  lateBefore,
  NO_CONCERN,
  POINTS_FOR_RULES,
  quietConditions,
} from './concerns.ts';

import { type Group, withoutOtherParts } from './parts.ts';

const WEEK = 7 * 24 * 3_600_000;
/** How many points the trend of an audience has. */
const TREND = 30;

type HealthDeps = Pick<UseCaseDeps, 'db' | 'now'>;

/** The points of so many audiences are not read anew for each report. */
const MANY_AUDIENCES = 1_000;

/** What the runs of all audiences have shown lately. */
interface ShownByRuns {
  /** By `pointsKey`. */
  readonly points: ReadonlyMap<string, readonly StoredPoint[]>;
  /** The jobs with points that deserve attention. */
  readonly jobs: readonly string[];
}

export type LatestPoints = Reuse<ShownByRuns>;

export const knownPoints = ({ now }: Pick<UseCaseDeps, 'now'>): LatestPoints =>
  new Reuse({ now: () => now(), isLarge: ({ points }) => points.size >= MANY_AUDIENCES });

async function readPoints(db: Db): Promise<ShownByRuns> {
  const latest = await latestPoints(db, POINTS_FOR_RULES);
  const ofConcern = latest.filter(({ points }) => deservesAttention(points));
  return {
    points: new Map(latest.map(({ points, ...audience }) => [pointsKey(audience), points])),
    jobs: [...new Set(ofConcern.map(({ jobId }) => jobId))],
  };
}

export const healthReportUseCases = ({ db, now }: HealthDeps, known: LatestPoints): HealthReports => ({
  read: async ({ limit, cursor, level }) => {
    const at = now();
    const report = await assessAll(db, at, known);
    const after = cursor === undefined ? undefined : positionOf(cursor);
    const { shown, hasMore, before } = await pageOf(db, report, { limit, level, after });
    const last = shown.at(-1);
    const counts = countLevels(report);
    return {
      items: await describe(db, shown, at),
      next: last && hasMore ? cursorAt(last) : null,
      total: level === undefined ? sumOf(counts) : counts[level],
      before,
      counts,
      at: at.toISOString(),
      points_at: report.pointsAt.toISOString(),
    };
  },
});

/** The first audiences of the report, those of a split job together, and the number at each level. */
export async function headOfReport(
  db: Db,
  at: Date,
  limit: number,
  known = knownPoints({ now: () => at }),
): Promise<Pick<HealthReport, 'items' | 'total' | 'counts'> & { readonly groups: readonly Group<Assessed>[] }> {
  const report = await assessAll(db, at, known);
  const { shown: looked, groups } = withoutOtherParts(report.looked);
  const { shown } = await pageOf(db, { ...report, looked }, { limit });
  const counts = countLevels(report);
  return { items: await describe(db, shown, at), groups, total: sumOf(counts), counts };
}

/** An audience with what was found about it. */
export interface Assessed extends Assessment {
  readonly facts: AudienceFacts;
}

/** All audiences that are not terminated. */
export interface Assessments {
  /** Those of jobs that are not quiet, the worst first. Some of them may be healthy. */
  readonly looked: readonly Assessed[];
  /** How many audiences quiet jobs have. They are healthy. */
  readonly quiet: number;
  readonly isQuiet: Quiet;
  readonly pointsAt: Date;
}

/**
 * The state of each job is that of now. What is known of the runs may be some minutes old when there are very many
 * audiences.
 */
export async function assessAll(db: Db, at: Date, known: LatestPoints): Promise<Assessments> {
  const shown = await known.ask('all', () => readPoints(db));
  const { points, jobs } = shown.value;
  const isQuiet: Quiet = { conditions: quietConditions, slotSince: lateBefore(at), except: jobs };
  const { states, quiet } = await audienceStates(db, isQuiet);
  const looked = states.map((state): Assessed => {
    const facts = { ...state, latest: points.get(pointsKey(state)) ?? [] };
    return { facts, ...assess(facts, at) };
  });
  return { looked: looked.sort(byAttention), quiet, isQuiet, pointsAt: shown.at };
}

/** A page of the report: the quiet audiences come with the healthy ones, which are its last. */
async function pageOf(
  db: Db,
  { looked, isQuiet }: Assessments,
  { limit, level, after }: { limit: number; level?: HealthLevel | undefined; after?: Position | undefined },
): Promise<{ readonly shown: Assessed[]; readonly hasMore: boolean; readonly before: number }> {
  const wanted = level === undefined ? looked : looked.filter((audience) => audience.level === level);
  const rest = after ? wanted.filter((audience) => byAttention(audience, after) > 0) : wanted;
  const ofConcern = rest.filter(({ level }) => level !== 'healthy').length;
  const mayShowQuiet = (level === undefined || level === 'healthy') && ofConcern <= limit;
  const isAmongHealthy = after !== undefined && after.score === 0;
  const quiet = mayShowQuiet
    ? await quietAudiences(db, isQuiet, limit + 1, isAmongHealthy ? after.facts : undefined)
    : { states: [], before: 0 };
  const healthy = quiet.states.map((state): Assessed => ({ facts: { ...state, latest: [] }, ...NO_CONCERN }));
  const page = [...rest, ...healthy].sort(byAttention);
  return {
    shown: page.slice(0, limit),
    hasMore: page.length > limit,
    before: wanted.length - rest.length + quiet.before,
  };
}

/** Those with the same score in the order of their names, as computers compare them: the same for every reader. */
const byAttention = (a: Position, b: Position): number =>
  b.score - a.score ||
  byCodePoints(a.facts.jobName, b.facts.jobName) ||
  byCodePoints(a.facts.jobId, b.facts.jobId) ||
  a.facts.delivery - b.facts.delivery;

/** As the database compares texts with the collation "C". JavaScript alone has characters like emoji before others. */
export function byCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    if (a.charCodeAt(index) === b.charCodeAt(index)) continue;
    return inOrder(a.charCodeAt(index)) - inOrder(b.charCodeAt(index));
  }
  return a.length - b.length;
}

/** Halves of characters beyond U+FFFF come after all others. */
const inOrder = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

export function countLevels({ looked, quiet }: Pick<Assessments, 'looked' | 'quiet'>): HealthCounts {
  const count = (wanted: HealthLevel) => looked.filter(({ level }) => level === wanted).length;
  return {
    needs_person: count('needs_person'),
    worth_a_look: count('worth_a_look'),
    healthy: count('healthy') + quiet,
  };
}

const sumOf = (counts: HealthCounts): number => counts.needs_person + counts.worth_a_look + counts.healthy;

/** A place in the order. A page begins after the last audience of the page before, even when that has moved since. */
interface Position {
  readonly score: number;
  readonly facts: PlaceByName;
}

const cursorAt = ({ score, facts: { jobName, jobId, delivery } }: Position): string =>
  Buffer.from(JSON.stringify([score, jobName, jobId, delivery])).toString('base64url');

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
    const history = known.isSplit ? [] : (points.get(keyOf(facts)) ?? []).toReversed().map(describePoint);
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
      members_week_ago: known.isSplit ? null : (weekAgo.get(keyOf(facts)) ?? null),
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
