/**
 * A trigger lets a job run when its data is ready, instead of at the times of a clock. The keys are those of the
 * export form. The decisions here are pure: src/jobs looks, and remembers.
 */
import { z } from 'zod';
import { knownId } from '../values/bounds.ts';
import { type ScheduleKeys, timeOfDay } from './schedule.ts';

/** Two runs of a trigger begin at least so many minutes after each other, as those of a schedule do. */
export const triggerMinutes = { least: 15, most: 10_080, usual: 15 } as const;

const bounds = {
  at_most_every_minutes: z
    .int()
    .min(triggerMinutes.least)
    .max(triggerMinutes.most)
    .default(triggerMinutes.usual)
    .describe('A run begins at least so many minutes after the run before.'),
  deadline: timeOfDay
    .nullable()
    .default(null)
    .describe('An alert begins when nothing has come on a day by this time, in the time zone of the job.'),
};

/** What a job waits for. */
export const trigger = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('after_job'),
      job_id: knownId.describe('The job that must have succeeded.'),
      ...bounds,
    })
    .readonly(),
]);
export type Trigger = z.infer<typeof trigger>;

export interface TriggerKeys extends Pick<ScheduleKeys, 'continuous_update'> {
  readonly run_frequency: string | null;
  readonly trigger?: Trigger | null | undefined;
}

/** The trigger of a configuration; undefined for a job that runs at the times of a schedule, or once. */
export const triggerOf = ({ continuous_update, run_frequency, trigger: own }: TriggerKeys): Trigger | undefined =>
  continuous_update && run_frequency === 'when_ready' ? (own ?? undefined) : undefined;

/** Whether two triggers look at the same thing, so that what one has seen counts for the other. */
export const looksAtTheSame = (a: Trigger | undefined, b: Trigger | undefined): boolean =>
  a !== undefined && b !== undefined && a.kind === b.kind && a.job_id === b.job_id;

/** What a job remembers of its trigger. */
export interface TriggerState {
  /**
   * What was there when it fired last, or when it was set. Later things are greater as texts. Null when there was
   * nothing.
   */
  readonly seen: string | null;
  /** When it fired last; null before. */
  readonly firedAt: Date | null;
  /** When somebody set it. */
  readonly setAt: Date;
}

/**
 * Whether something has come that no run has been started for.
 * @param seen before; null for nothing
 * @param now what is there; null for nothing. What was there and was deleted may be missing
 */
export const hasCome = (seen: string | null, now: string | null): boolean =>
  now !== null && (seen === null || now > seen);

/**
 * The slot for what has come: now, or later when the run before is too young. A clock that was set back may have
 * started that run in the future; the job must not wait for that.
 * @param lastStart when the last run was queued; null when there was none
 */
export function slotFor(
  { at_most_every_minutes }: Pick<Trigger, 'at_most_every_minutes'>,
  lastStart: Date | null,
  now: Date,
): Date {
  const everyMs = at_most_every_minutes * 60_000;
  const earliest = (lastStart?.getTime() ?? Number.NEGATIVE_INFINITY) + everyMs;
  return new Date(Math.min(Math.max(now.getTime(), earliest), now.getTime() + everyMs));
}
