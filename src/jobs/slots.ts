/** The slots of a job: which have come, until when the job sleeps, and what a new schedule changes. */

import type { JobState } from '../contracts/jobs.ts';
import { LONGEST_WAIT_MS, remedyOf, waitsFor } from '../domain/jobs/conditions.ts';
import { asCron, type Schedule } from '../domain/schedule/schedule.ts';
import type { Trigger } from '../domain/schedule/triggers/index.ts';
import { type Sentence, sentence } from '../domain/text/sentence.ts';
import { intervalAfter, latestSlot, nextSlot } from './schedule.ts';

export interface Timing {
  readonly now: Date;
  /** The job's schedule; after an edit, the new one. Undefined for a job that runs once or by a trigger. */
  readonly schedule: Schedule | undefined;
  /** What the job waits for instead of the times of a schedule. @default nothing */
  readonly trigger?: Trigger | undefined;
  /** The audience of the job in its source, when its trigger looks there. */
  readonly source?: string | undefined;
}

/** Whether the job runs again by itself. */
export const runsAgain = ({ schedule, trigger }: Omit<Timing, 'now'>): boolean =>
  schedule !== undefined || trigger !== undefined;

interface Slots {
  /** The latest slot that has come and that no run has served, and how many such slots came before it. */
  readonly due: { readonly slot: Date; readonly missed: number } | null;
  /** The first slot in the future. */
  readonly next: Date | null;
}

export function slotsOf(job: JobState, timing: Timing): Slots {
  const { slot } = job;
  const { schedule, now } = timing;
  if (timing.trigger) return slotsOfTrigger(job, { ...timing, trigger: timing.trigger });
  if (!schedule) return { due: null, next: null };
  const first = firstSlot(slot, schedule, now);
  if (first > now) return { due: null, next: first };
  const due = latestSlot(schedule, first, now);
  return { due, next: nextSlot(schedule, due.slot) };
}

/** A trigger makes a slot when something has come (states.ts), and has no other. */
function slotsOfTrigger(job: JobState, timing: Timing & { readonly trigger: Trigger }): Slots {
  const slot = slotOfTrigger(job, timing);
  if (slot === null) return { due: null, next: null };
  return slot <= timing.now ? { due: { slot, missed: 0 }, next: null } : { due: null, next: slot };
}

/** The slot of what has come and no run has served. A clock that was ahead may have put it too far into the future. */
export const slotOfTrigger = (
  { slot }: JobState,
  { now, trigger }: { readonly now: Date; readonly trigger: Trigger },
): Date | null => slot && new Date(Math.min(slot.getTime(), now.getTime() + trigger.at_most_every_minutes * 60_000));

/**
 * The slot that a job waits for after a run. One that came during a run is served by that run if the times of a
 * schedule made it; what a trigger has seen during a run came after the run had begun, so it gets another run.
 */
export const slotAfterRun = (job: JobState, timing: Timing): Date | null =>
  timing.trigger ? slotOfTrigger(job, { ...timing, trigger: timing.trigger }) : slotsOf(job, timing).next;

/** When the slot of a job is not known, none has come. */
function firstSlot(slot: Date | null, schedule: Schedule, now: Date): Date {
  if (slot !== null && slot <= now) return slot;
  const coming = nextSlot(schedule, now);
  // A clock that was set back brings no slot twice. But after a clock that was days ahead, the job must not sleep for
  // days.
  return slot === null || slot > nextSlot(schedule, coming) ? coming : slot;
}

export function describeMissedSlots(missed: number): Sentence | null {
  if (missed === 0) return null;
  return missed === 1
    ? sentence`A scheduled time passed while the service was down. This run makes up for it.`
    : sentence`${missed} scheduled times passed while the service was down. This run makes up for them.`;
}

export const describeMadeUpSlots = (slots: number): Sentence =>
  slots === 1
    ? sentence`A scheduled time passed in the meantime. This run makes up for it.`
    : sentence`${slots} scheduled times passed in the meantime. This run makes up for them.`;

/** Two runs of one job never overlap, so times of a schedule that come during a run are skipped. */
export function describeSkippedSlots(job: JobState, timing: Timing): Sentence | null {
  const { due } = slotsOf(job, timing);
  if (!due || timing.trigger) return null;
  const skipped = due.missed + 1;
  return skipped === 1
    ? sentence`A scheduled time was skipped because the run was still in progress.`
    : sentence`${skipped} scheduled times were skipped because the run was still in progress.`;
}

export const restingAs = (job: JobState, status: 'paused' | 'killed' | 'completed' | 'failed'): JobState => ({
  ...job,
  status,
  sleepUntil: null,
});

/**
 * The job sleeps until its slot. Without one, it sleeps until its trigger makes one, or its status is `otherwise` if it
 * has none.
 */
export function waitingForSlot(
  job: JobState,
  { trigger }: Pick<Timing, 'trigger'>,
  otherwise: 'completed' | 'paused' | 'failed',
): JobState {
  if (job.slot) return sleepingUntil(job, job.slot);
  return trigger ? { ...job, status: 'sleeping', sleepUntil: null } : restingAs(job, otherwise);
}

/** The job sleeps until `time`, or until its next slot if that is earlier. */
export const sleepingUntil = (job: JobState, time: Date): JobState => ({
  ...job,
  status: 'sleeping',
  sleepUntil: job.slot && job.slot < time ? job.slot : time,
});

/**
 * Whether the job sleeps and its time has come. A job that waits for the clock to be right may have calculated its
 * time with the wrong clock. So it is due when that time is too far away.
 */
export function isDue(job: JobState, now: Date): boolean {
  if (job.status !== 'sleeping' || !job.sleepUntil) return false;
  const aheadMs = job.sleepUntil.getTime() - now.getTime();
  return aheadMs <= 0 || (waitsFor(job) !== null && aheadMs > LONGEST_WAIT_MS);
}

/**
 * A sleeping job whose time was calculated while the clock was ahead, with the time that the right clock gives.
 * Undefined when its time stays. Without this, it would sleep for days after the clock was set right.
 */
export function judgedAgain(job: JobState, timing: Timing): JobState | undefined {
  const { due, next } = slotsOf(job, timing);
  if (job.status !== 'sleeping' || !job.sleepUntil || due) return undefined;
  const latestTry =
    job.errors && !waitsForSlot(job)
      ? new Date(Math.min(job.sleepUntil.getTime(), timing.now.getTime() + intervalAfter(job.errors)))
      : next;
  if (!latestTry) return undefined;
  const judged = sleepingUntil({ ...job, slot: next }, latestTry);
  const stays = judged.sleepUntil?.getTime() === job.sleepUntil.getTime();
  return stays ? undefined : judged;
}

export const waitsForSlot = ({ error }: JobState): boolean => {
  const remedy = remedyOf(error);
  return remedy === 'approval' || remedy === 'next_slot';
};

/**
 * The state after an edit. A slot that has come stays, and so does one that a trigger has made. Another future slot
 * follows the new schedule.
 */
export function withNewSchedule(job: JobState, before: Omit<Timing, 'now'>, timing: Timing): JobState {
  if (isSameTiming(before, timing)) return job;
  const changed = { ...job, slot: slotAfterEdit(job, before, timing) };
  switch (job.status) {
    case 'sleeping':
      if (job.errors && !waitsForSlot(job)) return sleepingUntil(changed, job.sleepUntil ?? timing.now);
      return waitingForSlot(changed, timing, job.error ? 'failed' : 'completed');
    case 'completed':
      return waitingForSlot(changed, timing, 'completed');
    default:
      return changed;
  }
}

function slotAfterEdit({ slot }: JobState, before: Omit<Timing, 'now'>, after: Timing): Date | null {
  if (!runsAgain(after)) return null;
  if (slot !== null && slot <= after.now) return slot;
  if (after.schedule) return nextSlot(after.schedule, after.now);
  return before.trigger ? slot : null;
}

const isSameTiming = (a: Omit<Timing, 'now'>, b: Omit<Timing, 'now'>): boolean =>
  scheduleKey(a.schedule) === scheduleKey(b.schedule) && JSON.stringify(a.trigger) === JSON.stringify(b.trigger);

const scheduleKey = (schedule: Schedule | undefined): string | undefined =>
  schedule && [...asCron(schedule), schedule.timezone].join('\n');
