/** What about an audience deserves attention, and how much. Pure. docs/health.md has this table for people. */
import type { HealthConcern, HealthLevel } from '../../contracts/health-report.ts';
import type { AlertRuleName } from '../../domain/alerts/alerts.ts';
import { endedWithNobody, exactEstimate } from '../../domain/audiences/size.ts';
import { type JobCondition, jobConditions } from '../../domain/jobs/conditions.ts';
import type { AudienceFacts, StoredPoint } from '../../store/repositories/health-report.ts';

const HOUR = 3_600_000;

/** How long after a time of the schedule its run is late. The notification `run_late` has the same time. */
const LATE_MS = 6 * HOUR;
/** A job whose slot is before this moment is late. */
export const lateBefore = (now: Date): Date => new Date(now.getTime() - LATE_MS);

/** Reach below this share of what is usual has fallen. */
const FALLEN = 0.75;
/** A size that differs from the usual one by more than this share has changed a lot. */
const CHANGED = 0.3;
/** Without so many earlier values, nothing is usual yet. */
const FEWEST_EARLIER = 2;

/** How many points the rules look at. */
export const POINTS_FOR_RULES = 8;

/** What the rules look at. */
type Judged = Pick<AudienceFacts, 'condition' | 'slot' | 'isIncomplete' | 'openAlerts' | 'latest'>;

export interface Rule {
  readonly concern: HealthConcern;
  readonly level: Exclude<HealthLevel, 'healthy'>;
  readonly applies: (judged: Judged, now: Date) => boolean;
}

/** The worst first. What deserves attention for another reason is one more rule. */
export const rules: readonly Rule[] = [
  { concern: 'failed', level: 'needs_person', applies: ({ condition }) => condition === 'failed' },
  {
    concern: 'needs_approval',
    level: 'needs_person',
    applies: ({ condition }) => condition === 'needs_approval',
  },
  {
    concern: 'incomplete',
    level: 'needs_person',
    // The run that is running makes it complete.
    applies: ({ condition, isIncomplete }) => isIncomplete && condition !== 'running',
  },
  { concern: 'waiting', level: 'needs_person', applies: ({ condition }) => condition === 'waiting' },
  { concern: 'nobody_matched', level: 'needs_person', applies: ({ latest }) => matchedNobody(latest[0]) },
  { concern: 'runs_empty', level: 'needs_person', applies: ({ openAlerts }) => openAlerts.includes('runs_empty') },
  {
    concern: 'audience_unusable',
    level: 'needs_person',
    applies: ({ openAlerts }) => openAlerts.includes('audience_unusable'),
  },
  {
    concern: 'audience_ends',
    level: 'worth_a_look',
    applies: ({ openAlerts }) => openAlerts.includes('audience_ends'),
  },
  // It closes by itself when the number is within its limit again.
  { concern: 'open_alert', level: 'worth_a_look', applies: ({ openAlerts }) => openAlerts.some(isOnlyAnAlert) },
  {
    concern: 'late',
    level: 'worth_a_look',
    applies: ({ condition, slot }, now) => isGoingOn.has(condition) && slot !== null && slot < lateBefore(now),
  },
  { concern: 'retrying', level: 'worth_a_look', applies: ({ condition }) => condition === 'retrying' },
  { concern: 'reach_fallen', level: 'worth_a_look', applies: ({ latest }) => hasReachFallen(latest) },
  { concern: 'size_changed', level: 'worth_a_look', applies: ({ latest }) => hasSizeChanged(latest) },
  { concern: 'paused', level: 'worth_a_look', applies: ({ condition }) => condition === 'paused' },
];

/** What has a concern of its own is told once. */
const isOnlyAnAlert = (rule: AlertRuleName): boolean =>
  rule !== 'runs_empty' && rule !== 'audience_unusable' && rule !== 'audience_ends';

/** Conditions in which a run shall come by itself. */
const isGoingOn: ReadonlySet<string> = new Set(['running', 'scheduled', 'retrying', 'waiting']);

export interface Assessment {
  readonly level: HealthLevel;
  /** The worst first. */
  readonly concerns: readonly HealthConcern[];
  readonly score: number;
}

export const NO_CONCERN: Assessment = { level: 'healthy', concerns: [], score: 0 };

/** The worst concern decides; of two audiences with the same one, that with more other concerns comes first. */
export function assess(facts: AudienceFacts, now: Date): Assessment {
  const found = rules.filter(({ applies }) => applies(facts, now));
  const [worst] = found;
  if (!worst) return NO_CONCERN;
  return {
    level: worst.level,
    concerns: found.map(({ concern }) => concern),
    score: (rules.length - rules.indexOf(worst)) * 100 + found.length - 1,
  };
}

type Points = readonly StoredPoint[];

/** Large installations look at the same points again and again. */
function onceForEach(says: (latest: Points) => boolean): (latest: Points) => boolean {
  const said = new WeakMap<Points, boolean>();
  return (latest) => {
    const known = said.get(latest) ?? says(latest);
    said.set(latest, known);
    return known;
  };
}

function matchedNobody(point: StoredPoint | undefined): boolean {
  if (!point || point.members === 0) return false;
  return endedWithNobody(point.status, point.estimate);
}

/** Only reach that LINE has finished counting. */
const hasReachFallen = onceForEach((latest) => {
  const [last, ...earlier] = latest
    .filter(({ status }) => status === 'READY')
    .map(({ estimate }) => exactEstimate(estimate))
    .filter((reach) => reach !== null);
  return last !== undefined && earlier.length >= FEWEST_EARLIER && last < FALLEN * median(earlier);
});

const hasSizeChanged = onceForEach(([last, ...earlier]) => {
  if (!last || earlier.length < FEWEST_EARLIER) return false;
  const usual = median(earlier.map(({ members }) => members));
  return Math.abs(last.members - usual) > CHANGED * usual;
});

/** The middle value; of two middle ones, the smaller. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

/** Nothing of it is of concern, if its condition and its points are not. */
const nothing = { slot: null, isIncomplete: false, openAlerts: [], latest: [] } as const;
const isOfConcern = (judged: Judged): boolean => rules.some(({ applies }) => applies(judged, new Date(0)));

/** The conditions that are of no concern. */
export const quietConditions: readonly JobCondition[] = jobConditions.filter(
  (condition) => !isOfConcern({ ...nothing, condition }),
);

/** Whether the points of an audience are of concern. */
export const deservesAttention = (latest: Points): boolean =>
  isOfConcern({ ...nothing, condition: quietConditions[0]!, latest });
