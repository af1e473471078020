/**
 * The states of a job, and the one function that changes them.
 *
 *  - `runnable`: a run is queued or running
 *  - `sleeping`: the job waits for its next slot or its trigger, for a retry after an error, for the end of a
 *    cause, or for a person's approval (src/domain/jobs/conditions.ts distinguishes these)
 *  - `paused`: the job waits for a person
 *  - `completed`: the job has no schedule, and its run succeeded
 *  - `failed`: an error that a person must correct stopped the job, or any error of a job without a schedule
 *  - `killed`: the job is terminated for good
 *
 * | from | action | to | run |
 * |---|---|---|---|
 * | *(new)* | create | runnable | starts |
 * | sleeping | wake: its time has come | runnable | starts for a slot; else continues an unfinished one, or starts |
 * | runnable | run_succeeded | sleeping; completed without a schedule | |
 * | runnable | run_failed | sleeping or failed | |
 * | runnable | run_interrupted: its worker is gone | runnable | continues |
 * | runnable | run_outdated: it cannot continue, or somebody was erased during it | runnable | starts again |
 * | runnable | stop_run | sleeping; paused without a schedule | stops |
 * | runnable, sleeping | pause | paused | stops |
 * | paused, failed | resume | runnable or sleeping | starts or continues |
 * | sleeping, completed, failed | run_now | runnable | starts |
 * | all but runnable and killed; LINE holds a part of the last run | continue | runnable | continues |
 * | stopped by a guard that a person may overrule | run_anyway | runnable | continues as approved; else starts |
 * | all but runnable and killed | restart | runnable | starts; errors are cleared |
 * | all but killed | edit | unchanged; a completed job with a schedule sleeps | |
 * | all but killed | trigger: its data has come | unchanged, with a slot | |
 * | all but killed | terminate | killed | stops |
 *
 * After **run_failed** it sleeps, by its error:
 *
 *  - temporary: until the next try or slot; when the limit is reached, until the slot, where its tries begin anew
 *  - a refused key, a wrong clock: until that is corrected. It tries at least once an hour, and at once when the
 *    authorization works again or is changed
 *  - a guard, an empty result: until the next slot, where the same guard applies
 *  - unexpected: until the next try or slot; it has failed at the fourth in a row
 *
 * It has failed after every other error, and when it would sleep until a slot but has no schedule.
 *
 * After **resume** it starts for a slot that has passed, and else waits again for the slot that it waited for. Else it
 * continues an unfinished run. It starts anew when the run was interrupted, or when the job failed or has no schedule.
 *
 * All other actions are refused with a sentence (possible-actions.ts). The end of a run changes nothing when its job
 * was paused, terminated or stopped before.
 *
 * **No slot is lost, and none is served twice.** `slot` is the first one that no run has served. It moves on only
 * when a run starts, which serves all slots that have come, or when it comes during a run. Pausing, failing and
 * waiting keep it. So the job makes up for it once when it continues.
 *
 * A trigger (src/domain/schedule/triggers) makes a slot of what it has seen, in the transaction that remembers it. So
 * it makes one run of it, and all of the above applies. A job without a slot sleeps until its trigger makes one. A slot
 * that is made during a run gets a run of its own, because that run may have read the data before.
 *
 * The states of a run: `queued` → `running` → `succeeded` | `failed` | `interrupted` | `stopped`. An `interrupted`,
 * `failed` or `stopped` run becomes `running` when it is continued.
 */

import type { Errors, JobError, JobState } from '../contracts/jobs.ts';
import type { RunTrigger } from '../contracts/runs.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { StoredApproval } from '../domain/jobs/approvals.ts';
import { type JobStatus, remedyOf } from '../domain/jobs/conditions.ts';
import { type Looking, looksAtTheSame } from '../domain/schedule/triggers/index.ts';
import { slotFor } from '../domain/schedule/triggers/seen.ts';
import { joinSentences, localized, ofAudience, type Sentence, sentence } from '../domain/text/sentence.ts';
import type { Action, Facts, LastRun, RunEffect, RunFailure, Transition } from './actions.ts';
import { refusalOf } from './possible-actions.ts';
import { isUnexpected, nextCheck, nextTry, UNEXPECTED_TRIES } from './schedule.ts';
import {
  describeMadeUpSlots,
  describeMissedSlots,
  describeSkippedSlots,
  isDue,
  restingAs,
  runsAgain,
  sleepingUntil,
  slotAfterRun,
  slotOfTrigger,
  slotsOf,
  waitingForSlot,
  waitsForSlot,
  withNewSchedule,
} from './slots.ts';

/** The last run of a job that has not run yet. */
export const noRun: LastRun = {
  unfinished: false,
  interrupted: false,
  continuable: false,
  approvable: null,
  since: null,
};

const none: RunEffect = { type: 'none' };
const continueRun: RunEffect = { type: 'continue' };

/** Older staged files are not sent automatically: the source is read again. */
const FRESH_MS = 24 * 3_600_000;

/** The state before the action `create`. */
export const initialState: JobState = {
  status: 'runnable',
  sleepUntil: null,
  slot: null,
  errors: null,
  error: null,
};

/**
 * Nothing else changes the state of a job, except that runs note what they read (src/use-cases/jobs/triggers).
 * @throws {LineupError} `action_not_allowed`; the message says why
 */
export function transition(job: JobState, action: Action, facts: Facts): Transition {
  const refusal = refusalOf(job, action.type, facts.lastRun);
  if (refusal) throw notAllowed(job, refusal);
  switch (action.type) {
    case 'create':
      return start({ ...initialState, trigger: stateOfTrigger(initialState, {}, facts) }, facts, 'created');
    case 'wake':
      return wake(job, facts);
    case 'run_succeeded':
      return ifRunning(job, () => to(waitForSlot(job, facts, 'completed'), none, describeSkippedSlots(job, facts)));
    case 'run_failed':
      return ifRunning(job, () => fail(job, action.error, facts));
    case 'run_interrupted':
      return ifRunning(job, () => to(job, continueRun));
    case 'run_outdated':
      return ifRunning(job, () => ({
        ...start(job, facts, 'retry'),
        note: sentence`The run could not continue, or its result is out of date, so a new run started.`,
      }));
    case 'stop_run':
      return to(waitForSlot(job, facts, 'paused'), { type: 'stop', kind: 'end' }, describeSkippedSlots(job, facts));
    case 'pause':
      return to(restingAs(job, 'paused'), job.status === 'runnable' ? { type: 'stop', kind: 'pause' } : none);
    case 'resume':
      return resume(job, facts);
    case 'run_now':
      return start(job, facts, 'manual');
    case 'run_anyway':
      return approve(job, action.approval, facts);
    case 'continue':
      return to(running(job), continueRun);
    case 'restart':
      return start({ ...initialState, slot: job.slot, trigger: job.trigger }, facts, 'restart');
    case 'terminate':
      return to(restingAs(job, 'killed'), job.status === 'runnable' ? { type: 'stop', kind: 'end' } : none);
    case 'edit':
      return to(
        { ...withNewSchedule(job, action.before, facts), trigger: stateOfTrigger(job, action.before, facts) },
        none,
      );
    case 'trigger':
      return to(triggered(job, action, facts), none, action.why);
  }
}

const to = (state: JobState, run: RunEffect, note: Sentence | null = null): Transition => ({
  state,
  run,
  note,
});

/** A failed job that runs again gets all its retries again. */
const running = (job: JobState): JobState => ({
  ...job,
  status: 'runnable',
  sleepUntil: null,
  ...(job.status === 'failed' && { errors: null, error: null }),
});

/** Starts a run. It serves all slots that have come. */
function start(job: JobState, facts: Facts, trigger: RunTrigger, approval: StoredApproval | null = null): Transition {
  const { due, next } = slotsOf(job, facts);
  // What a trigger has seen is there, also when its slot has not come yet.
  if (facts.trigger) {
    const slot = due?.slot ?? next;
    const cause = trigger === 'schedule' ? job.trigger?.why : undefined;
    return to({ ...running(job), slot: null }, { type: 'start', trigger, slot, approval, ...(cause && { cause }) });
  }
  return to(
    { ...running(job), slot: next },
    { type: 'start', trigger, slot: due?.slot ?? null, approval },
    due && describeMadeUpSlots(due.missed + 1),
  );
}

/** What was seen before counts on while the trigger looks at the same. */
const stateOfTrigger = (job: JobState, before: Looking, facts: Facts): JobState['trigger'] => {
  if (!facts.trigger) return undefined;
  const { seen = null, now } = facts;
  return looksAtTheSame(before, facts) && job.trigger ? job.trigger : { seen, firedAt: null, setAt: now };
};

/** The job gets a slot for what has come, unless it has one already: the run for that reads all of it. */
function triggered(
  job: JobState,
  { seen, why }: Extract<Action, { type: 'trigger' }>,
  { now, trigger, lastRun }: Facts,
): JobState {
  if (!trigger) throw new Error('the job has no trigger');
  const slot = slotOfTrigger(job, { now, trigger }) ?? slotFor(trigger, lastRun.since, now);
  // The run for it reads later, so what runs have read before no longer counts.
  const fired = { seen, firedAt: now, why: localized(why), reads: undefined };
  const changed = { ...job, slot, trigger: { setAt: now, ...job.trigger, ...fired } };
  return job.status === 'sleeping' ? sleepingUntil(changed, job.sleepUntil ?? slot) : changed;
}

/** What the person saw is sent. When it is no longer kept, a new run may send what is hardly worse. */
function approve(job: JobState, approval: StoredApproval, facts: Facts): Transition {
  const note = describeApproval(approval);
  // The job no longer waits for a person. When it is paused and resumed, the run goes on.
  const decided = { ...job, errors: null, error: null };
  return facts.lastRun.approvable === 'as_seen'
    ? to(running(decided), { type: 'continue', approval }, note)
    : { ...start(decided, facts, 'anyway', approval), note };
}

/** For the job's log. */
const describeApproval = ({ audiences }: StoredApproval): Sentence =>
  joinSentences(
    ...audiences.map(({ audienceId, audienceName, before, after }) => {
      const size = before?.size ?? null;
      const change =
        size === null ? sentence`Approved: ${after} members.` : sentence`Approved: ${size} → ${after} members.`;
      return audiences.length === 1 ? change : ofAudience(audienceName ?? audienceId ?? '', change);
    }),
  );

/** The job sleeps until the next slot, and its errors are cleared. If it runs once, its status is `otherwise`. */
const waitForSlot = (job: JobState, facts: Facts, otherwise: 'completed' | 'paused'): JobState =>
  waitingForSlot({ ...job, slot: slotAfterRun(job, facts), errors: null, error: null }, facts, otherwise);

function wake(job: JobState, facts: Facts): Transition {
  if (!isDue(job, facts.now)) throw notAllowed(job, sentence`The job is not due yet.`);
  const { due } = slotsOf(job, facts);
  if (!due || (job.errors && !waitsForSlot(job))) return retry(job, facts);
  return { ...start(job, facts, 'schedule'), note: describeMissedSlots(due.missed) };
}

/** The next try after an error: a run for a slot that has come, else an unfinished run again, else a new run. */
function retry(job: JobState, facts: Facts): Transition {
  const { now, lastRun } = facts;
  if (slotsOf(job, facts).due) return start(job, facts, 'schedule');
  const isFresh = lastRun.since !== null && now.getTime() - lastRun.since.getTime() < FRESH_MS;
  return lastRun.unfinished && isFresh ? to(running(job), continueRun) : start(job, facts, 'retry');
}

/** A run's end means something only to a job that still waits for it. */
function ifRunning(job: JobState, then: () => Transition): Transition {
  return job.status === 'runnable' ? then() : to(job, none, sentence`The job no longer waited for this run.`);
}

function fail(job: JobState, { retryable, comesBack = retryable, ...error }: RunFailure, facts: Facts): Transition {
  const { now, retryLimitMs } = facts;
  const errors = errorsAfter(job, error, now);
  const failed = { ...job, slot: slotAfterRun(job, facts), errors, error };
  switch (remedyOf(error)) {
    case 'approval':
    case 'next_slot':
      return to(waitingForSlot(failed, facts, 'failed'), none);
    case 'key':
    case 'clock':
      return to(sleepingUntil(failed, nextCheck(errors, now)), none);
    default: {
      const unexpected = isUnexpected(error.code);
      const isOver = unexpected && errors.count > UNEXPECTED_TRIES;
      const soon = retryable && !isOver ? nextTry(errors, now, retryLimitMs) : undefined;
      if (soon) return to(sleepingUntil(failed, soon), none);
      if (!runsAgain(facts) || unexpected || !comesBack) return to(restingAs(failed, 'failed'), none);
      // What passes by itself ends no schedule. Without `errors`, the tries of the next slot begin anew.
      return to(waitingForSlot({ ...failed, errors: null }, facts, 'failed'), none);
    }
  }
}

/**
 * Errors count as a row when they have the same remedy. Unexpected ones have a count of their own, but the same time
 * limit.
 */
function errorsAfter(job: JobState, error: JobError, now: Date): Errors {
  const before = remedyOf(job.error) === remedyOf(error) ? job.errors : null;
  const isFirst = isUnexpected(error.code) && !isUnexpected(job.error?.code ?? '');
  return { count: (isFirst ? 0 : (before?.count ?? 0)) + 1, since: before?.since ?? now };
}

function resume(job: JobState, facts: Facts): Transition {
  const { due, next } = slotsOf(job, facts);
  const { unfinished, interrupted } = facts.lastRun;
  const byHand = job.status === 'failed' || !runsAgain(facts);
  if (due) return start(job, facts, byHand ? 'manual' : 'schedule');
  // It waited for a person or its slot before it was paused, and waits again.
  if (!byHand && waitsForSlot(job)) return to(waitingForSlot({ ...job, slot: next }, facts, 'paused'), none);
  if (unfinished) return to(running(job), continueRun);
  if (byHand) return start(job, facts, 'manual');
  if (interrupted || job.error) return start(job, facts, 'retry');
  return to(waitForSlot(job, facts, 'completed'), none);
}

/** The first sentence of a refusal. */
const statusSentences: Record<JobStatus, Sentence> = {
  runnable: sentence`The job is running.`,
  sleeping: sentence`The job is scheduled.`,
  paused: sentence`The job is paused.`,
  completed: sentence`The job is completed.`,
  failed: sentence`The job has failed.`,
  killed: sentence`The job is terminated.`,
};

const notAllowed = (job: JobState, why: Sentence): LineupError =>
  new LineupError('action_not_allowed', joinSentences(statusSentences[job.status], why));
