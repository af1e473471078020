/**
 * Applies an action to a job. `states.ts` decides the transition. One transaction stores it, with its actor and time,
 * and changes the job's run. Nothing else changes the status of a job.
 */

import type { EventLog } from '../contracts/event-log.ts';
import type { JobTransaction, PartOfJob, StoredJob, StoredRun } from '../contracts/job-store.ts';
import type { NewJob, PlainAction } from '../contracts/jobs.ts';
import { noTracer, type Span, type Tracer } from '../contracts/tracing.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { deliveriesOfNew } from '../domain/jobs/audiences.ts';
import { conditionOf, type JobStatus } from '../domain/jobs/conditions.ts';
import type { Actor } from '../domain/people/people.ts';
import { isActive } from '../domain/runs/run-state.ts';
import { localized, sentence } from '../domain/text/sentence.ts';
import type { Action, LastRun, RunEffect, Transition } from './actions.ts';
import { approvableOf } from './approvable.ts';
import { claimAudiences } from './claim-audience.ts';
import { reportIncomplete } from './incomplete.ts';
import { assertReadable, ENDING_ACTIONS } from './readable.ts';
import { initialState, noRun, transition } from './states.ts';
import { seenBy, timingOf } from './timing.ts';

export interface ActContext {
  readonly tx: JobTransaction;
  readonly actor: Actor;
  readonly now: Date;
  readonly retryLimitMs: number;
  /** The id of a new run. Ids sort by time. */
  readonly newRunId: (now: Date) => string;
  readonly log: EventLog;
  /** @default none */
  readonly tracer?: Tracer | undefined;
}

/**
 * Creates a job, and queues its first run.
 * @param inSource what its trigger sees in its source, if it looks there. The first run reads later than that
 * @param part what it is of a split job
 * @throws {LineupError} `not_found`; `invalid_argument` when another job fills the audience
 */
export async function create(
  context: ActContext,
  input: NewJob,
  inSource: string | null = null,
  part?: PartOfJob,
): Promise<StoredJob> {
  const { configuration, source_authorization_id: sourceAuthorizationId } = input;
  const timing = timingOf({ configuration, sourceAuthorizationId });
  const seen = await seenBy(context.tx, timing.trigger, inSource);
  const facts = { ...context, ...timing, seen, lastRun: noRun };
  const created = transition(initialState, { type: 'create' }, facts);
  return inSpan(context, 'create', async (span) => {
    await claimAudiences(context.tx, deliveriesOfNew(input));
    const job = await context.tx.createJob(input, created.state, context.actor, context.now, part);
    span.set({ 'lineup.job.id': job.id });
    await apply(context, job, 'create', created, undefined);
    return job;
  });
}

/** A run that the action queues belongs to its span, so the trace of a request goes on in a worker. */
const inSpan = <T>(
  { tracer = noTracer }: ActContext,
  action: string,
  work: (span: Span) => Promise<T>,
  jobId?: string,
) => tracer.span(`job ${action}`, work, { attributes: { 'lineup.action': action, 'lineup.job.id': jobId } });

/**
 * Applies `action` to a job. For `edit`, its new configuration must be saved before.
 * @returns the changed job
 * @throws {LineupError} `not_found`; `action_not_allowed`, whose message says why; `data_newer` when this version
 * cannot read the job
 */
export async function act(
  context: ActContext,
  jobId: string,
  action: Action | { readonly type: PlainAction },
): Promise<StoredJob> {
  const job = await context.tx.lockJob(jobId);
  if (!ENDING_ACTIONS.includes(action.type)) assertReadable(job);
  return actOn(context, job, action);
}

/** The same for a job that the transaction has locked. */
export const actOn = (
  context: ActContext,
  job: StoredJob,
  action: Action | { readonly type: PlainAction },
): Promise<StoredJob> =>
  inSpan(
    context,
    action.type,
    async (span) => {
      const after = await actWithin(context, job, action);
      span.set({ 'lineup.job.from': job.state.status, 'lineup.job.to': after.state.status });
      return after;
    },
    job.id,
  );

async function actWithin(
  context: ActContext,
  job: StoredJob,
  action: Action | { readonly type: PlainAction },
): Promise<StoredJob> {
  const { tx, now, retryLimitMs } = context;
  const jobId = job.id;
  const timing = timingOf(job);
  const last = await tx.lastRun(jobId);
  const done = transition(job.state, action, {
    now,
    ...timing,
    ...(action.type === 'edit' && { seen: await seenBy(tx, timing.trigger, action.inSource ?? null) }),
    lastRun: last ? await describeLastRun(context, job, last) : noRun,
    retryLimitMs,
  });
  await tx.saveState(jobId, done.state);
  // A run that a person ended does not continue automatically, however its worker left it.
  if (isEndOfRun(action) && last?.stopRequested === 'end') await tx.markStopped(last.id);
  await apply(context, job, action.type, done, last);
  const after = { ...job, state: done.state };
  await reportIncomplete(context, after);
  return after;
}

async function describeLastRun({ tx, now }: ActContext, job: StoredJob, last: StoredRun): Promise<LastRun> {
  const part = last.atLine === 'part' ? (await tx.incompleteOf([job.id])).get(job.id) : undefined;
  return {
    unfinished: isUnfinished(last),
    interrupted: isInterrupted(last),
    continuable: part?.runId === last.id && part.continuable,
    approvable: approvableOf(last, await tx.sourceRevision(job.sourceAuthorizationId), now)?.sends ?? null,
    since: new Date(last.summary.queued_at),
  };
}

const isEndOfRun = ({ type }: { type: string }): boolean => type === 'run_interrupted' || type === 'run_failed';

/** Its worker is gone, or it was paused and may not have stopped yet. */
const isInterrupted = ({ status, stopRequested }: StoredRun): boolean =>
  status === 'interrupted' || (status === 'running' && stopRequested === 'pause');

/** It continues automatically: it was interrupted, or it failed and its journal allows to continue. */
function isUnfinished(run: StoredRun): boolean {
  if (run.forbidden) return false;
  if (run.status === 'failed') return run.summary.error?.resumable !== false;
  return isInterrupted(run);
}

async function apply(
  context: ActContext,
  job: StoredJob,
  action: string,
  { state, run, note }: Transition,
  last: StoredRun | undefined,
): Promise<void> {
  const { tx, actor, now } = context;
  const runId = await applyToRun(context, job, run, last);
  const from = action === 'create' ? null : job.state.status;
  // The audit log has the edit. The job's log has it only when the status changes.
  if (action === 'edit' && from === state.status) return;
  const error = note || state.status === 'runnable' ? null : state.error;
  const reason = note ? localized(note) : error;
  const line = { jobId: job.id, action, from, to: state.status, condition: conditionOf(state), code: error?.code };
  await tx.recordTransition({ ...line, actor, reason, runId }, now);
  logTransition(context, { jobId: job.id, runId, action, from, to: state.status, code: state.error?.code });
}

interface Acted {
  readonly jobId: string;
  readonly runId: string | null;
  readonly action: string;
  readonly from: JobStatus | null;
  readonly to: JobStatus;
  readonly code: string | undefined;
}

function logTransition({ tx, log, actor }: ActContext, { jobId, runId, action, from, to, code }: Acted): void {
  const ids = { job_id: jobId, ...(runId !== null && { run_id: runId }) };
  tx.onCommit(() => {
    const name = action === 'wake' ? 'job.woken' : 'job.acted';
    log.record(name, { ...ids, actor_id: actor.id, action, from, to });
    if (to === 'failed' && from !== 'failed') log.record('job.failed', { ...ids, code });
  });
}

/** Keeps the runs of a job in the order of their times, also when the clock was set back. */
const laterThan = (last: StoredRun | undefined, now: Date): Date =>
  new Date(Math.max(now.getTime(), last ? Date.parse(last.summary.queued_at) + 1 : 0));

async function applyToRun(
  { tx, now, log, newRunId, tracer }: ActContext,
  job: StoredJob,
  run: RunEffect,
  last: StoredRun | undefined,
): Promise<string | null> {
  switch (run.type) {
    case 'none':
      return last?.id ?? null;
    case 'start': {
      if (last && isActive(last)) {
        throw new LineupError(
          'action_not_allowed',
          sentence`The previous run is still stopping. Try again in a moment.`,
          { retryable: true },
        );
      }
      const id = newRunId(now);
      // A retry serves the slot of the failed run.
      const before = run.trigger === 'retry' ? last?.summary.slot : null;
      const slot = run.slot ?? (before ? new Date(before) : null);
      const about = { id, jobId: job.id, jobName: job.name };
      await tx.queueRun({ ...run, ...about, slot }, laterThan(last, now));
      await tx.enqueue({ runId: id, trace: tracer?.active?.traceparent });
      tx.onCommit(() => log.record('run.queued', { run_id: id, job_id: job.id, trigger: run.trigger }));
      return id;
    }
    case 'continue':
      if (!last) throw new Error('there is no run to continue');
      await tx.requeueRun(last.id, run.approval);
      await tx.enqueue({ runId: last.id, trace: tracer?.active?.traceparent });
      tx.onCommit(() => log.record('run.requeued', { run_id: last.id, job_id: job.id }));
      return last.id;
    case 'stop':
      if (last) await tx.requestStop(last.id, run.kind, now);
      return last?.id ?? null;
  }
}
