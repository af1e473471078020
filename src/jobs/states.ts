/**
 * The states of a job, and the one function that changes them.
 *
 *  - `runnable`: a run is queued or going on · `sleeping`: waits for its next slot, or for a retry after an error
 *  - `paused`: waits for a person · `completed`: ran once, as it should, and will not run again
 *  - `failed`: stopped by a permanent error, a guard, or errors that lasted too long · `killed`: terminated for good
 *
 * | from | action | to | run |
 * |---|---|---|---|
 * | *(new)* | create | runnable | starts |
 * | sleeping | wake (its time has come) | runnable | starts; after an error it continues what is unfinished |
 * | runnable | wake | runnable | none: the slot is skipped and noted |
 * | runnable | run_succeeded | sleeping; completed without a schedule; slots that came meanwhile are skipped and noted | |
 * | runnable | run_failed, may pass | sleeping until the next try; failed when the limit is reached | |
 * | runnable | run_failed, permanent or guard | failed | |
 * | runnable | run_interrupted (a worker went) | runnable | continues |
 * | runnable | run_outdated (what it staged is gone, and its source has changed) | runnable | starts anew |
 * | runnable | stop_run | sleeping; paused without a schedule | stops |
 * | runnable, sleeping | pause | paused | stops |
 * | paused, failed | resume | runnable when a run is unfinished, the job failed or has no schedule; else sleeping | continues, or starts |
 * | sleeping, completed, failed | run_now | runnable | starts |
 * | failed by a guard that a person may overrule | run_anyway | runnable | starts, past the guard |
 * | sleeping, paused, completed, failed | restart | runnable | starts, errors forgotten |
 * | all but killed | edit | as before; sleeping takes the new schedule, completed goes to sleep when it has got one | |
 * | all but killed | terminate | killed | stops |
 *
 * Whatever is not in the table is refused with a sentence. What becomes of a run whose job was paused, terminated or
 * stopped meanwhile changes nothing in the job.
 *
 * A run's own states: `queued` → `running` → `succeeded` | `failed` | `interrupted` | `stopped`; `interrupted` and `failed`
 * → `running` when it is continued.
 */
import { LineupError } from '../contracts/errors.ts';
import type { JobError, JobState, JobStatus } from '../contracts/jobs.ts';
import type { RunTrigger } from '../contracts/runs.ts';
import type { Schedule } from '../contracts/schedule.ts';
import { type Sentence, sentence, together } from '../contracts/sentence.ts';
import { nextTry } from './backoff.ts';
import { latestSlot, nextSlot } from './schedule.ts';

export type Action =
  | { readonly type: 'create' }
  | { readonly type: 'wake' }
  | { readonly type: 'run_succeeded' }
  | { readonly type: 'run_failed'; readonly error: JobError & { readonly retryable: boolean } }
  | { readonly type: 'run_interrupted' }
  | { readonly type: 'run_outdated' }
  | {
      readonly type:
        | 'pause'
        | 'resume'
        | 'run_now'
        | 'run_anyway'
        | 'stop_run'
        | 'restart'
        | 'terminate'
        | 'edit';
    };

export interface Facts {
  readonly now: Date;
  /** The job's schedule (for `edit`: the new one); undefined for a job that runs once. */
  readonly schedule: Schedule | undefined;
  /** Its last run did not come to an end and can be continued. */
  readonly unfinishedRun: boolean;
  /** When its last run was put into the queue, if there was one. */
  readonly runSince: Date | null;
  /** How long errors in a row may last. */
  readonly retryLimitMs: number;
}

/** What must happen to the job's run along with the transition, in the same transaction. */
export type RunEffect =
  | { readonly type: 'none' }
  | {
      readonly type: 'start';
      readonly trigger: RunTrigger;
      readonly slot: Date | null;
      readonly waivesGuard: boolean;
    }
  | { readonly type: 'continue' }
  /** `pause`: it may be continued later · `end`: it may not. */
  | { readonly type: 'stop'; readonly kind: 'pause' | 'end' };

export interface Transition {
  readonly state: JobState;
  readonly run: RunEffect;
  /** What a reader of the job's log should know beside the action. */
  readonly note: Sentence | null;
}

/** Guards that a person may overrule once; an empty audience is not among them. */
const OVERRULABLE = 'audience_shrinks';

const none: RunEffect = { type: 'none' };
const start = (trigger: RunTrigger, slot: Date | null = null) => ({
  type: 'start' as const,
  trigger,
  slot,
  waivesGuard: false,
});

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
      return to(running(unborn), start('created'));
    case 'wake':
      return wake(job, facts);
    case 'run_succeeded':
      return whileRunning(job, () => to(atRest(job, facts, 'completed'), none, skippedSlots(facts)));
    case 'run_failed':
      return whileRunning(job, () => fail(job, action.error, facts));
    case 'run_interrupted':
      return whileRunning(job, () => to(job, { type: 'continue' }));
    case 'run_outdated':
      return whileRunning(job, () =>
        to(
          job,
          start('retry', job.slot),
          sentence`What the run had staged is gone and its source has changed.`,
        ),
      );
    case 'stop_run':
      if (job.status !== 'runnable') throw refused(job, sentence`No run is going on.`);
      return to(atRest(job, facts, 'paused'), { type: 'stop', kind: 'end' });
    case 'pause':
      if (job.status === 'runnable') return to(still(job, 'paused'), { type: 'stop', kind: 'pause' });
      if (job.status === 'sleeping') return to(still(job, 'paused'), none);
      throw refused(job, sentence`Only a running or sleeping job can be paused.`);
    case 'resume':
      return resume(job, facts);
    case 'run_now':
      if (job.status === 'paused') throw refused(job, sentence`Resume it first.`);
      if (job.status === 'runnable') throw refused(job, sentence`A run is going on already.`);
      if (job.status === 'killed') throw refused(job, sentence`Duplicate it to go on.`);
      // The slot that it slept for is still to come, so it is none that was served.
      return to(running({ ...job, slot: null }), start('manual'));
    case 'run_anyway':
      if (job.status !== 'failed' || job.error?.code !== OVERRULABLE) {
        throw refused(job, sentence`There is no guard’s stop to overrule.`);
      }
      return to(running(job), { ...start('anyway'), waivesGuard: true });
    case 'restart':
      if (job.status === 'runnable') throw refused(job, sentence`Stop its run first.`);
      if (job.status === 'killed') throw refused(job, sentence`Duplicate it to go on.`);
      return to(running(unborn), start('restart'));
    case 'terminate':
      if (job.status === 'killed') throw refused(job, sentence`It has ended already.`);
      return to(still(job, 'killed'), job.status === 'runnable' ? { type: 'stop', kind: 'end' } : none);
    case 'edit':
      return to(edited(job, facts), none);
  }
}

const to = (state: JobState, run: RunEffect, note: Sentence | null = null): Transition => ({
  state,
  run,
  note,
});

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

/** Asleep until the next slot, all errors forgotten; without a schedule, `otherwise`. */
function atRest(job: JobState, { schedule, now }: Facts, otherwise: 'completed' | 'paused'): JobState {
  const calm = { ...job, errors: null, error: null };
  if (!schedule) return still(calm, otherwise);
  // A clock that was put back must not bring a slot twice.
  const slot = nextSlot(schedule, job.slot && job.slot > now ? job.slot : now);
  return { ...calm, status: 'sleeping', sleepUntil: slot, slot };
}

function wake(job: JobState, { now, schedule, unfinishedRun }: Facts): Transition {
  if (job.status === 'runnable')
    return to(job, none, sentence`A slot came while a run was going on; it is skipped.`);
  if (job.status !== 'sleeping' || !job.sleepUntil || job.sleepUntil > now) {
    throw refused(job, sentence`Its time has not come.`);
  }
  if (job.errors || !job.slot || !schedule) {
    return to(running(job), unfinishedRun ? { type: 'continue' } : start('retry', job.slot));
  }
  const { slot, missed } = latestSlot(schedule, job.slot, now);
  return to({ ...running(job), slot }, start('schedule', slot), missedSlots(missed));
}

function missedSlots(missed: number): Sentence | null {
  if (missed === 0) return null;
  return missed === 1
    ? sentence`A slot passed while the service was down; this run makes up for it.`
    : sentence`${missed} slots passed while the service was down; this run makes up for them.`;
}

/** Two runs of one job never overlap: what came while one went on is left out. */
function skippedSlots({ schedule, runSince, now }: Facts): Sentence | null {
  if (!schedule || !runSince) return null;
  const first = nextSlot(schedule, runSince);
  if (first > now) return null;
  const skipped = latestSlot(schedule, first, now).missed + 1;
  return skipped === 1
    ? sentence`A slot came while the run was going on, and was skipped.`
    : sentence`${skipped} slots came while the run was going on, and were skipped.`;
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
  const errors = { count: (job.errors?.count ?? 0) + 1, since: job.errors?.since ?? facts.now };
  const retryAt = retryable ? nextTry(errors, facts.now, facts.retryLimitMs) : undefined;
  if (!retryAt) return to({ ...still(job, 'failed'), errors, error }, none);
  return to({ ...job, status: 'sleeping', sleepUntil: retryAt, errors, error }, none);
}

function resume(job: JobState, facts: Facts): Transition {
  if (job.status !== 'paused' && job.status !== 'failed') {
    throw refused(job, sentence`Only a paused or failed job can be resumed.`);
  }
  if (facts.unfinishedRun) return to(running(job), { type: 'continue' });
  if (job.status === 'failed' || !facts.schedule) return to(running(job), start('manual'));
  return to(atRest(job, facts, 'completed'), none);
}

function edited(job: JobState, facts: Facts): JobState {
  switch (job.status) {
    case 'killed':
      throw refused(job, sentence`Duplicate it to go on.`);
    case 'sleeping':
      // A retry keeps its time, and so does a slot that has come already; a later one follows the new schedule.
      return job.errors || (job.sleepUntil && job.sleepUntil <= facts.now) ? job : rescheduled(job, facts);
    case 'completed':
      return rescheduled(job, facts);
    default:
      return job;
  }
}

/** The old schedule's slot says nothing about the new one's. */
const rescheduled = (job: JobState, facts: Facts): JobState =>
  atRest({ ...job, slot: null }, facts, 'completed');

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
