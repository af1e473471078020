/**
 * The states of a job, and the one function that changes them.
 *
 *  - `runnable`: a run is queued or going on · `sleeping`: waits for its next slot, for a retry after an error, until a cause is
 *    gone, or for a person's approval (src/contracts/job-display.ts tells them apart)
 *  - `paused`: waits for a person · `completed`: ran once, as it should, and will not run again
 *  - `failed`: stopped by a permanent error, a guard, or errors that lasted too long · `killed`: terminated for good
 *
 * | from | action | to | run |
 * |---|---|---|---|
 * | *(new)* | create | runnable | starts |
 * | sleeping | wake (its time has come) | runnable | starts at a slot; else, after an error, it continues what is unfinished |
 * | runnable | wake | runnable | none: the slot is skipped and noted |
 * | runnable | run_succeeded | sleeping; completed without a schedule; slots that came meanwhile are skipped and noted | |
 * | runnable | run_failed, may pass | sleeping until the next try, or slot; failed when the limit is reached | |
 * | runnable | run_failed, a key is refused or the clock is wrong | sleeping until that is put right; it looks at least once an hour, and at once when the authorization works again or is changed | |
 * | runnable | run_failed, a guard or an empty result | sleeping until the next slot, whose run the same guard looks at; failed without a schedule | |
 * | runnable | run_failed, permanent | failed | |
 * | runnable | run_interrupted (a worker went) | runnable | continues |
 * | runnable | run_outdated (what it staged is gone, and its source has changed) | runnable | starts anew |
 * | runnable | stop_run | sleeping; paused without a schedule | stops |
 * | runnable, sleeping | pause | paused | stops |
 * | paused, failed | resume | runnable when a slot has passed, a run is unfinished or was broken off, the job failed or has no schedule; else sleeping | starts for that slot; else continues, or starts |
 * | sleeping, completed, failed | run_now | runnable | starts |
 * | sleeping, paused, completed, failed, and LINE holds a part of what its last run was to send | continue | runnable | continues |
 * | sleeping or failed by a guard that a person may overrule | run_anyway | runnable | starts, past the guard |
 * | sleeping, paused, completed, failed | restart | runnable | starts, errors forgotten |
 * | all but killed | edit | as before; a slot that is still to come follows the new schedule, completed goes to sleep when it has got one | |
 * | all but killed | terminate | killed | stops |
 *
 * Whatever is not in the table is refused with a sentence. What becomes of a run whose job was paused, terminated or
 * stopped meanwhile changes nothing in the job.
 *
 * **No slot is lost, none comes twice.** `slot` is the first one that no run has served. It moves on when a run starts that serves it
 * (and all before it that have come), or when one goes on as it comes, and only then: pausing, failing and waiting leave it, so it
 * is made up once when the job goes on.
 *
 * A run's own states: `queued` → `running` → `succeeded` | `failed` | `interrupted` | `stopped`; `interrupted`, `failed` and
 * `stopped` → `running` when it is continued.
 */
import { LineupError } from '../contracts/errors.ts';
import type { JobStatus } from '../contracts/job-display.ts';
import { conditionOf, LONGEST_WAIT_MS, remedyOf, waitsFor } from '../contracts/job-display.ts';
import type { Errors, JobError, JobState } from '../contracts/jobs.ts';
import type { RunTrigger } from '../contracts/runs.ts';
import type { Schedule } from '../contracts/schedule.ts';
import { type Sentence, sentence, together } from '../contracts/sentence.ts';
import { nextLook, nextTry } from './backoff.ts';
import { latestSlot, nextSlot } from './schedule.ts';

export type Action =
  | { readonly type: 'create' }
  | { readonly type: 'wake' }
  | { readonly type: 'run_succeeded' }
  | { readonly type: 'run_failed'; readonly error: JobError & { readonly retryable: boolean } }
  | { readonly type: 'run_interrupted' }
  | { readonly type: 'run_outdated' }
  /** `before`: the schedule that it had until then. */
  | { readonly type: 'edit'; readonly before: Schedule | undefined }
  | {
      readonly type:
        | 'pause'
        | 'resume'
        | 'run_now'
        | 'run_anyway'
        | 'stop_run'
        | 'continue'
        | 'restart'
        | 'terminate';
    };

export interface Facts {
  readonly now: Date;
  /** The job's schedule (for `edit`: the new one); undefined for a job that runs once. */
  readonly schedule: Schedule | undefined;
  /** What became of its last run, as far as it matters. */
  readonly lastRun: LastRun;
  /** How long errors in a row may last. */
  readonly retryLimitMs: number;
}

export interface LastRun {
  /** It did not come to an end, and can be continued. */
  readonly unfinished: boolean;
  /** It did not come to an end though nobody stopped it: it was paused, or its worker went. */
  readonly brokenOff: boolean;
  /** LINE holds a part of it, and nothing forbids to send the rest. */
  readonly continuable: boolean;
  /** When it was put into the queue; null when there was none. */
  readonly since: Date | null;
}

/** Of a job that has not run yet. */
export const noRun: LastRun = { unfinished: false, brokenOff: false, continuable: false, since: null };

/** What must happen to the job's run along with the transition, in the same transaction. */
export type RunEffect =
  | { readonly type: 'none' }
  | {
      readonly type: 'start';
      readonly trigger: RunTrigger;
      /** The slot that it serves. */
      readonly slot: Date | null;
      readonly waivesGuard: boolean;
    }
  | { readonly type: 'continue' }
  /** `pause`: it goes on when the job does · `end`: only when a person says so. */
  | { readonly type: 'stop'; readonly kind: 'pause' | 'end' };

export interface Transition {
  readonly state: JobState;
  readonly run: RunEffect;
  /** What a reader of the job's log should know beside the action. */
  readonly note: Sentence | null;
}

const none: RunEffect = { type: 'none' };
const goingOn: RunEffect = { type: 'continue' };

/** What was staged longer ago is not sent by itself any more: the source is read anew. */
const FRESH_MS = 24 * 3_600_000;

/** The state of a job that does not exist yet. */
export const unborn: JobState = {
  status: 'runnable',
  sleepUntil: null,
  slot: null,
  errors: null,
  error: null,
};

/** The only way in which a job's state changes. @throws {LineupError} `action_not_allowed`, saying why */
export function transition(job: JobState, action: Action, facts: Facts): Transition {
  switch (action.type) {
    case 'create':
      return begin(unborn, facts, 'created');
    case 'wake':
      return wake(job, facts);
    case 'run_succeeded':
      return whileRunning(job, () => to(atRest(job, facts, 'completed'), none, skippedSlots(job, facts)));
    case 'run_failed':
      return whileRunning(job, () => fail(job, action.error, facts));
    case 'run_interrupted':
      return whileRunning(job, () => to(job, goingOn));
    case 'run_outdated':
      return whileRunning(job, () => ({
        ...begin(job, facts, 'retry'),
        note: sentence`What the run had staged is gone and its source has changed.`,
      }));
    case 'stop_run':
      if (job.status !== 'runnable') throw refused(job, sentence`No run is going on.`);
      return to(atRest(job, facts, 'paused'), { type: 'stop', kind: 'end' }, skippedSlots(job, facts));
    case 'pause':
      if (job.status === 'runnable') return to(still(job, 'paused'), { type: 'stop', kind: 'pause' });
      if (job.status === 'sleeping') return to(still(job, 'paused'), none);
      throw refused(job, sentence`Only a running or sleeping job can be paused.`);
    case 'resume':
      return resume(job, facts);
    case 'run_now':
      if (job.status === 'paused') throw refused(job, sentence`Resume it first.`);
      assertAtRest(job);
      return begin(job, facts, 'manual');
    case 'run_anyway':
      if (conditionOf(job) !== 'needs_approval') {
        throw refused(job, sentence`No guard has stopped this job.`);
      }
      return begin(job, facts, 'anyway', true);
    case 'continue':
      assertAtRest(job);
      if (!facts.lastRun.continuable) {
        throw refused(job, sentence`There is no run that could go on.`);
      }
      return to(running(job), goingOn);
    case 'restart':
      if (job.status === 'runnable') throw refused(job, sentence`Stop its run first.`);
      assertAtRest(job);
      return begin({ ...unborn, slot: job.slot }, facts, 'restart');
    case 'terminate':
      if (job.status === 'killed') throw refused(job, sentence`It is terminated already.`);
      return to(still(job, 'killed'), job.status === 'runnable' ? { type: 'stop', kind: 'end' } : none);
    case 'edit':
      return to(edited(job, action.before, facts), none);
  }
}

const to = (state: JobState, run: RunEffect, note: Sentence | null = null): Transition => ({
  state,
  run,
  note,
});

function assertAtRest(job: JobState): void {
  if (job.status === 'runnable') throw refused(job, sentence`A run is going on already.`);
  if (job.status === 'killed') throw refused(job, sentence`Duplicate it to go on.`);
}

/** A failed job that runs again has all its retries before it. */
const running = (job: JobState): JobState => ({
  ...job,
  status: 'runnable',
  sleepUntil: null,
  ...(job.status === 'failed' && { errors: null, error: null }),
});

const still = (job: JobState, status: 'paused' | 'killed' | 'completed' | 'failed'): JobState => ({
  ...job,
  status,
  sleepUntil: null,
});

interface Slots {
  /** The latest one that has come and that no run has served, and how many came before it. */
  readonly due: { readonly slot: Date; readonly missed: number } | null;
  /** The first one that is still to come. */
  readonly next: Date | null;
}

function slotsOf({ slot }: JobState, { schedule, now }: Facts): Slots {
  if (!schedule) return { due: null, next: null };
  const first = firstSlot(slot, schedule, now);
  if (first > now) return { due: null, next: first };
  const due = latestSlot(schedule, first, now);
  return { due, next: nextSlot(schedule, due.slot) };
}

/** A job whose slot is not known has none that has come. */
function firstSlot(slot: Date | null, schedule: Schedule, now: Date): Date {
  if (slot !== null && slot <= now) return slot;
  const coming = nextSlot(schedule, now);
  // A clock that was put back brings no slot twice; but one that had been days ahead must not let the job sleep for days.
  return slot === null || slot > nextSlot(schedule, coming) ? coming : slot;
}

/** Starts a run, which serves every slot that has come. */
function begin(job: JobState, facts: Facts, trigger: RunTrigger, waivesGuard = false): Transition {
  const { due, next } = slotsOf(job, facts);
  return to(
    { ...running(job), slot: next },
    { type: 'start', trigger, slot: due?.slot ?? null, waivesGuard },
    due && madeUp(due.missed + 1),
  );
}

/** Asleep until the next slot, all errors forgotten; without a schedule, `otherwise`. */
function atRest(job: JobState, facts: Facts, otherwise: 'completed' | 'paused'): JobState {
  const { next } = slotsOf(job, facts);
  const calm = { ...job, slot: next, errors: null, error: null };
  return next ? asleep(calm, next) : still(calm, otherwise);
}

/** Sleeps until `time`, but no longer than until its next slot. */
const asleep = (job: JobState, time: Date): JobState => ({
  ...job,
  status: 'sleeping',
  sleepUntil: job.slot && job.slot < time ? job.slot : time,
});

/** Whether it sleeps and its time has come; one that waits for a right clock may have counted its time by the wrong one. */
export function isDue(job: JobState, now: Date): boolean {
  if (job.status !== 'sleeping' || !job.sleepUntil) return false;
  const aheadMs = job.sleepUntil.getTime() - now.getTime();
  return aheadMs <= 0 || (waitsFor(job) !== null && aheadMs > LONGEST_WAIT_MS);
}

function wake(job: JobState, facts: Facts): Transition {
  if (job.status === 'runnable')
    return to(job, none, sentence`A scheduled time came while a run was going on. It is skipped.`);
  if (!isDue(job, facts.now)) throw refused(job, sentence`It is not due yet.`);
  const { due } = slotsOf(job, facts);
  if (!due || (job.errors && !waitsForSlot(job))) return goOn(job, facts);
  return { ...begin(job, facts, 'schedule'), note: missedSlots(due.missed) };
}

/** After an error: at a slot it starts for that; else it goes on with what is unfinished. */
function goOn(job: JobState, facts: Facts): Transition {
  const { now, lastRun } = facts;
  if (slotsOf(job, facts).due) return begin(job, facts, 'schedule');
  const isFresh = lastRun.since !== null && now.getTime() - lastRun.since.getTime() < FRESH_MS;
  return lastRun.unfinished && isFresh ? to(running(job), goingOn) : begin(job, facts, 'retry');
}

function missedSlots(missed: number): Sentence | null {
  if (missed === 0) return null;
  return missed === 1
    ? sentence`A scheduled time passed while the service was down. This run makes up for it.`
    : sentence`${missed} scheduled times passed while the service was down. This run makes up for them.`;
}

const madeUp = (slots: number): Sentence =>
  slots === 1
    ? sentence`A slot came in the meantime; this run makes up for it.`
    : sentence`${slots} slots came in the meantime; this run makes up for them.`;

/** Two runs of one job never overlap: what came while one went on is left out. */
function skippedSlots(job: JobState, facts: Facts): Sentence | null {
  const { due } = slotsOf(job, facts);
  if (!due) return null;
  const skipped = due.missed + 1;
  return skipped === 1
    ? sentence`A scheduled time came while the run was going on, and was skipped.`
    : sentence`${skipped} scheduled times came while the run was going on, and were skipped.`;
}

/** A run's end means something only to a job that still waits for it. */
function whileRunning(job: JobState, then: () => Transition): Transition {
  return job.status === 'runnable'
    ? then()
    : to(job, none, sentence`The job did not wait for this run any more.`);
}

function fail(
  job: JobState,
  { retryable, ...error }: JobError & { retryable: boolean },
  facts: Facts,
): Transition {
  const { now, retryLimitMs } = facts;
  const { next } = slotsOf(job, facts);
  const errors = errorsAfter(job, error, now);
  const failed = { ...job, slot: next, errors, error };
  const again = (time: Date | null | undefined) =>
    to(time ? asleep(failed, time) : still(failed, 'failed'), none);
  switch (remedyOf(error)) {
    case 'approval':
    case 'next_slot':
      return again(next);
    case 'key':
    case 'clock':
      return again(nextLook(errors, now));
    default:
      return again(retryable ? nextTry(errors, now, retryLimitMs) : undefined);
  }
}

/** Errors are in a row when the same thing brings the job on after them. */
function errorsAfter(job: JobState, error: JobError, now: Date): Errors {
  const before = remedyOf(job.error) === remedyOf(error) ? job.errors : null;
  return { count: (before?.count ?? 0) + 1, since: before?.since ?? now };
}

function resume(job: JobState, facts: Facts): Transition {
  if (job.status !== 'paused' && job.status !== 'failed') {
    throw refused(job, sentence`Only a paused or failed job can be resumed.`);
  }
  const { due, next } = slotsOf(job, facts);
  const { unfinished, brokenOff } = facts.lastRun;
  const byHand = job.status === 'failed' || !facts.schedule;
  if (due) return begin(job, facts, byHand ? 'manual' : 'schedule');
  // It waited for a person or its slot before it was paused, and does so again.
  if (!byHand && next && waitsForSlot(job)) return to(asleep({ ...job, slot: next }, next), none);
  if (unfinished) return to(running(job), goingOn);
  if (byHand) return begin(job, facts, 'manual');
  if (brokenOff || job.errors) return begin(job, facts, 'retry');
  return to(atRest(job, facts, 'completed'), none);
}

const waitsForSlot = ({ error }: JobState): boolean => {
  const remedy = remedyOf(error);
  return remedy === 'approval' || remedy === 'next_slot';
};

/** A slot that has come stays; one that is still to come follows the new schedule. */
function edited(job: JobState, before: Schedule | undefined, { now, schedule }: Facts): JobState {
  if (job.status === 'killed') throw refused(job, sentence`Duplicate it to go on.`);
  if (isSame(before, schedule)) return job;
  const hasCome = job.slot !== null && job.slot <= now;
  const slot = !schedule ? null : hasCome ? job.slot : nextSlot(schedule, now);
  const changed = { ...job, slot };
  switch (job.status) {
    case 'sleeping':
      if (job.errors && !waitsForSlot(job)) return asleep(changed, job.sleepUntil ?? now);
      if (slot) return asleep(changed, slot);
      return still(changed, job.errors ? 'failed' : 'completed');
    case 'completed':
      return slot ? asleep(changed, slot) : changed;
    default:
      return changed;
  }
}

const isSame = (a: Schedule | undefined, b: Schedule | undefined): boolean => wordsOf(a) === wordsOf(b);

const wordsOf = (schedule: Schedule | undefined): string | undefined =>
  schedule &&
  [
    schedule.run_frequency,
    schedule.run_frequency === 'daily' ? '' : schedule.day_of_week,
    schedule.time_of_day,
    schedule.timezone,
  ].join(' ');

/** Each status as a refusal begins with it. */
const isNow: Record<JobStatus, Sentence> = {
  runnable: sentence`The job is running.`,
  sleeping: sentence`The job is sleeping.`,
  paused: sentence`The job is paused.`,
  completed: sentence`The job is completed.`,
  failed: sentence`The job has failed.`,
  killed: sentence`The job is terminated.`,
};

const refused = (job: JobState, why: Sentence): LineupError =>
  new LineupError('action_not_allowed', together(isNow[job.status], why));
