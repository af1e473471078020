/**
 * Looks at the sources of jobs that wait for their data, and gives a job a slot when something has come. Each source is
 * looked at every so many minutes. Without an answer nothing has come: the page of the job tells it, and the wait for
 * the next look grows.
 */
import { createHash } from 'node:crypto';
import type { StoredJob } from '../../../contracts/job-store.ts';
import { LineupError } from '../../../domain/errors/errors.ts';
import { looksAtTheSame, triggerOf } from '../../../domain/schedule/triggers/index.ts';
import { nextLook } from '../../../domain/schedule/triggers/looks.ts';
import { localized, sentence, sentenceOf } from '../../../domain/text/sentence.ts';
import type { JobsContext } from '../../../jobs/context.ts';
import { isReadable } from '../../../jobs/readable.ts';
import { timingOf } from '../../../jobs/timing.ts';
import { fire } from '../../../jobs/triggers/fire.ts';
import type { LookTable, TriggerLook } from '../../../store/repositories/trigger-looks.ts';
import type { UseCaseDeps } from '../../deps.ts';
import { type SeeDeps, seenInSource, watchedBy } from './source.ts';

/** The most looks of one round, and how many of them go on at the same time. */
const BATCH = 100;
const AT_ONCE = 3;
/** How long a look may take before one that fails counts as a sign that its source hangs. */
const SLOW_MS = 20_000;

export interface LookDeps extends SeeDeps, Pick<UseCaseDeps, 'log' | 'now'> {
  readonly jobs: JobsContext;
  readonly looks: LookTable;
}

/**
 * Looks at every source that is due.
 * @param leave is called when a job is left to another version, which then looks
 */
export async function lookAtSources(deps: LookDeps, signal: AbortSignal, leave: () => void): Promise<void> {
  const found = await deps.looks.due(deps.now(), BATCH);
  const due = found.filter(isReadable);
  if (due.length < found.length) leave();
  const before = await deps.looks.of(due.map(({ id }) => id));
  const jobs = due.values();
  const hanging = new Set<string | null>();
  const work = async () => {
    for (const job of jobs) await lookFor(deps, job, before.get(job.id) ?? NEVER, hanging, signal);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

const NEVER: TriggerLook = { lookedAt: null, failing: null, failures: 0 };

/** @param hanging sources of this round. Many jobs may read one, and would keep those of other sources waiting */
async function lookFor(
  deps: LookDeps,
  job: StoredJob,
  before: TriggerLook,
  hanging: Set<string | null>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const trigger = triggerOf(job.configuration);
  if (!trigger) return;
  const source = job.sourceAuthorizationId;
  const startedAt = deps.now().getTime();
  const look = hanging.has(source) ? before : await lookOnce(deps, job, before, signal);
  if (look.failing && deps.now().getTime() - startedAt >= SLOW_MS) hanging.add(source);
  await deps.looks.record(job.id, look, nextLook(trigger, look.failures, deps.now(), shareOf(job.id)));
}

/** @returns what is known now. What has come is stored before. */
async function lookOnce(
  deps: LookDeps,
  job: StoredJob,
  before: TriggerLook,
  signal: AbortSignal,
): Promise<TriggerLook> {
  try {
    const watched = watchedBy(job);
    if (!watched) return before;
    const seen = await seenInSource(deps, watched, job.state.trigger?.seen ?? null, 'service', signal);
    const lookedAt = deps.now();
    const known = { lookedAt, failing: null, failures: 0 };
    if (seen === null) return { ...known, found: 'nothing' };
    const done = await fire(deps.jobs, { jobId: job.id, seen, why: watched.why, isOf: isSame(job) });
    return { ...known, found: done === 'fired' ? 'new' : 'same' };
  } catch (error) {
    // A process that stops has not looked.
    signal.throwIfAborted();
    deps.log.record('job.look_failed', { job_id: job.id, err: error });
    const problem = localized(error instanceof LineupError ? sentenceOf(error) : FAULT);
    const failing = { since: before.failing?.since ?? deps.now(), problem };
    return { ...before, failing, failures: before.failures + 1 };
  }
}

const FAULT = sentence`The source could not be looked at, because of an error in Lineup. The log of the service has it.`;

/** Somebody may have edited the job since the look began, and another process may have seen more. */
const isSame = (looked: StoredJob) => (_: unknown, job: StoredJob) =>
  looksAtTheSame(timingOf(looked), timingOf(job)) && looked.state.trigger?.seen === job.state.trigger?.seen;

/** A number from 0 to 1 of each job, so that their looks do not come together. */
const shareOf = (jobId: string): number => createHash('sha256').update(jobId).digest().readUInt16BE() / 0xffff;
