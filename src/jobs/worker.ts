/**
 * A worker: takes a run, brings it to its end, and concludes. Any number of workers on any number of machines may be told of
 * the same run; its lease lets one have it.
 */
import { LineupError } from '../contracts/errors.ts';
import type { RunError, RunRequest } from '../contracts/run.ts';
import type { RunProgress } from '../contracts/run-progress.ts';
import type { RunRequestEntry } from '../contracts/runs.ts';
import { sentence, told } from '../contracts/sentence.ts';
import { getJob, type StoredJob } from '../store/jobs.ts';
import type { DatabaseRunJournal, RunJournals } from '../store/run-journal.ts';
import { getRun, type StoredRun, supersededBy } from '../store/runs.ts';
import { conclude } from './conclude.ts';
import type { JobsContext } from './context.ts';
import { Pulse } from './pulse.ts';

/** A run that this worker has. */
export interface Execution {
  readonly run: StoredRun;
  readonly job: StoredJob;
  readonly journal: DatabaseRunJournal;
  /** Aborted when a person stops the run, the worker shuts down, or another worker has taken the run. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RunProgress) => void;
  readonly onRequest: (entry: RunRequestEntry) => void;
}

export interface WorkerOptions {
  readonly context: JobsContext;
  readonly journals: RunJournals;
  /** What a run of this job asks for now, by its configuration alone. */
  readonly describe: (job: StoredJob, run: StoredRun) => RunRequest;
  /** The rules by which a new run reads values. */
  readonly rulesVersion: number;
  /** Brings the run to its end in the journal; rejects only with what the journal does not hold yet. */
  readonly execute: (execution: Execution) => Promise<void>;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** How often a going run looks for a person's word and shows its progress, in ms. @default 1000 */
  readonly pulseMs?: number;
}

export class Worker {
  readonly #options: WorkerOptions;
  readonly #shutdown = new AbortController();
  readonly #going = new Set<Promise<void>>();
  #leaving = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /**
   * Works on the run, unless it has ended or another worker has it.
   * @throws only for faults of the database: the run is then announced again by the recovery
   */
  work(runId: string): Promise<void> {
    const work = this.#work(runId).finally(() => this.#going.delete(work));
    this.#going.add(work);
    return work;
  }

  /**
   * Takes no further run, and hands those over that have not ended after `graceMs`: they stop where they are, and another
   * worker goes on from their journals.
   */
  async handOver(graceMs: number): Promise<void> {
    this.#leaving = true;
    const ended = new AbortController();
    const all = Promise.allSettled(this.#going).finally(() => ended.abort());
    if (graceMs > 0) await this.#options.sleep(graceMs, ended.signal).catch(() => {});
    this.#shutdown.abort(new LineupError('interrupted', sentence`The worker is shutting down.`));
    await all;
  }

  async #work(runId: string): Promise<void> {
    const { context } = this.#options;
    if (this.#leaving) return;
    const run = await getRun(context.db, runId);
    const active = run.status === 'queued' || run.status === 'running';
    if (!active || run.jobId === null) return;
    const job = await getJob(context.db, run.jobId);
    const journal = await this.#open(run, job);
    if (!journal) return;
    try {
      await this.#run(run, job, journal);
    } finally {
      await journal.close();
    }
    await conclude(context, runId);
  }

  /** Undefined when another worker has it, or when it was stopped meanwhile. */
  async #open(run: StoredRun, job: StoredJob): Promise<DatabaseRunJournal | undefined> {
    const { journals, describe, context, rulesVersion } = this.#options;
    try {
      return await journals.open(run.id, () => ({
        type: 'started',
        at: context.now().toISOString(),
        runId: run.id,
        rulesVersion,
        request: withWaiver(describe(job, run), run),
      }));
    } catch (error) {
      if (isTakenOver(error) || (error instanceof LineupError && error.code === 'run_in_progress')) {
        return undefined;
      }
      throw error;
    }
  }

  async #run(run: StoredRun, job: StoredJob, journal: DatabaseRunJournal): Promise<void> {
    const { context, execute, sleep, pulseMs = 1_000 } = this.#options;
    const pulse = new Pulse({ db: context.db, runId: run.id, now: context.now, sleep, everyMs: pulseMs });
    const signal = AbortSignal.any([journal.lost, pulse.stopped, this.#shutdown.signal]);
    try {
      await this.#goOn(run, job, journal);
      await execute({
        run,
        job,
        journal,
        signal,
        onProgress: (progress) => pulse.progress(progress),
        onRequest: (entry) => pulse.request(entry),
      });
    } catch (thrown) {
      // Whoever has the run now writes its end.
      if (isTakenOver(thrown)) return;
      await journal.append({
        type: 'ended',
        at: context.now().toISOString(),
        status: 'failed',
        error: asRunError(thrown),
      });
    } finally {
      await pulse.end();
    }
  }

  /** A run that was begun before goes on, unless a later run has written to its audience. */
  async #goOn(run: StoredRun, job: StoredJob, journal: DatabaseRunJournal): Promise<void> {
    if (journal.isNew) return;
    const { context } = this.#options;
    const maxShrink = withWaiver({ maxShrink: job.configuration.max_shrink }, run).maxShrink;
    await journal.append({ type: 'resumed', at: context.now().toISOString(), maxShrink });
    const later = await supersededBy(context.db, journal.state);
    if (later) {
      throw new LineupError(
        'run_superseded',
        sentence`The run ${later} has written to the audience since, so the older chunks of this one must not follow.`,
      );
    }
  }
}

/** A person said: run anyway, whatever the size. */
const withWaiver = <T extends { maxShrink: number }>(request: T, run: StoredRun): T =>
  run.waivesGuard ? { ...request, maxShrink: 1 } : request;

const isTakenOver = (error: unknown): boolean =>
  error instanceof LineupError && error.code === 'run_taken_over';

function asRunError(error: unknown): RunError {
  if (error instanceof LineupError) {
    const { code, message, sentence, reason, retryable } = error;
    return { code, message, sentence, reason, retryable, resume: null };
  }
  const what = error instanceof Error ? error.name : typeof error;
  return {
    code: 'internal',
    ...told(sentence`Lineup met a fault of its own (${what}). Please report it.`),
    reason: null,
    retryable: false,
    resume: null,
  };
}
