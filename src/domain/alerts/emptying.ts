/**
 * Lists whose members leave by age: when such a list is empty if nobody sends its members again, and whether that must
 * be told. Pure functions.
 */
import type { JobCondition } from '../jobs/conditions.ts';
import { joinSentences, moment, type Sentence, sentence } from '../text/sentence.ts';
import type { ActiveAlertRules } from './alerts.ts';
import type { Finding } from './checks.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What a job has sent last to one of its lists. */
export interface LastWhole {
  /** When its members were sent. */
  readonly sentAt: Date;
  /** So many days later they leave. */
  readonly memberDays: number;
}

export const emptyAt = ({ sentAt, memberDays }: LastWhole): Date => new Date(sentAt.getTime() + memberDays * DAY);

/** The list of a job that is empty first. Undefined without one that has members. */
export const emptyFirst = <List extends LastWhole>(lists: readonly List[]): List | undefined =>
  lists.toSorted((a, b) => emptyAt(a).getTime() - emptyAt(b).getTime())[0];

/** The part of a job that says whether a run will come in time. */
export interface Expecting {
  readonly condition: JobCondition;
  /** When it wakes; null when it does not sleep. */
  readonly wakesAt: Date | null;
  /** The first of its errors in a row; null without one. */
  readonly troubledSince: Date | null;
}

/** So long a run may be tried again, or go on after the list is empty, before anybody is told. */
const PATIENCE_MS = 6 * HOUR;

/** Whether a run will come before the list is empty, as far as anybody knows. */
function isExpected({ condition, wakesAt, troubledSince }: Expecting, empty: Date, now: Date): boolean {
  switch (condition) {
    case 'scheduled':
      return wakesAt !== null && wakesAt < empty;
    case 'running':
    case 'retrying':
      return now.getTime() - Math.min(empty.getTime(), (troubledSince ?? now).getTime()) < PATIENCE_MS;
    default:
      return false;
  }
}

/** A list with few days would be near its end for most of its life: its limit is a third of them. */
export const daysOfAlert = (days: number, memberDays: number): number =>
  Math.max(1, Math.min(days, Math.floor(memberDays / 3)));

/** The days that are left, begun ones included. 0: the list is empty. */
export const daysLeft = (empty: Date, now: Date): number =>
  Math.max(0, Math.ceil((empty.getTime() - now.getTime()) / DAY));

/**
 * Undefined while a run is expected in time: an alert stays open until the members were sent again.
 * @param list of the job that is empty first
 */
export function checkRunsEmpty(
  { days }: Pick<NonNullable<ActiveAlertRules['runs_empty']>, 'days'>,
  list: LastWhole,
  job: Expecting,
  now: Date,
): Finding | undefined {
  const empty = emptyAt(list);
  const left = daysLeft(empty, now);
  const threshold = daysOfAlert(days, list.memberDays);
  const about = { rule: 'runs_empty', threshold, measured: left, tellAgainAt: 0 } as const;
  if (left > threshold) return { ...about, isBroken: false, what: sentAgain };
  if (isExpected(job, empty, now)) return undefined;
  const told =
    left === 0
      ? sentence`The list has been empty since ${moment(empty)}: all members left, because no run has sent them again.`
      : sentence`The list will be empty at ${moment(empty)}: all members leave then, because no run has sent them again. Days left: ${left}.`;
  return { ...about, isBroken: true, what: joinSentences(told, advice(job.condition)) };
}

const sentAgain = sentence`A run has sent the members again.`;

/** The finding after a run that succeeded. @param alert the open one */
export const notEmptying = ({ threshold, measured }: Pick<Finding, 'threshold' | 'measured'>): Finding => ({
  rule: 'runs_empty',
  isBroken: false,
  threshold,
  measured,
  what: sentAgain,
});

/** What a person can do. */
function advice(condition: JobCondition): Sentence {
  switch (condition) {
    case 'paused':
      return sentence`The job is paused. Resume it.`;
    case 'completed':
      return sentence`The job has no schedule. Run it again, or give it a schedule.`;
    case 'scheduled':
      return sentence`The next run comes too late. Run the job now, and give it a shorter schedule or its members more days.`;
    case 'needs_approval':
      return sentence`The job waits for an approval. Open it and decide.`;
    default:
      return sentence`Its runs do not succeed. Open the job to see why.`;
  }
}
