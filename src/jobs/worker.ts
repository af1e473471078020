/**
 * A worker: takes a run, brings it to its end, and concludes. Any number of workers on any number of machines may be told of
 * the same run; its lease lets one have it.
 */

import { LineupError } from '../contracts/errors.ts';
import type { EventLog, LogFields } from '../contracts/event-log.ts';
import type { Clock, Release, WorkPlace } from '../contracts/ports.ts';
import type { RunError, RunRequest } from '../contracts/run.ts';
import type { RunProgress } from '../contracts/run-progress.ts';
import { describeRun, type RunState } from '../contracts/run-state.ts';
import type { RunRequestEntry } from '../contracts/runs.ts';
import { localized, sentence } from '../contracts/sentence.ts';
import { getJob, type StoredJob } from '../store/repositories/jobs.ts';
import { supersededBy } from '../store/repositories/run-history.ts';
import type { DatabaseRunJournal, RunJournals } from '../store/repositories/run-journals.ts';
import { getRun, type StoredRun } from '../store/repositories/runs.ts';
import { conclude } from './conclude.ts';
import type { JobsContext } from './context.ts';
import { Places } from './places.ts';
import { Pulses } from './pulse.ts';

/** A run that this worker has. */
export interface Execution {
  readonly run: StoredRun;
  readonly job: StoredJob;
  readonly journal: DatabaseRunJournal;
  /** Aborted when a person stops the run, the worker shuts down, or another worker has taken the run. */
  readonly signal: AbortSignal;
  /** Where it works; it begins with a place. */
  readonly place: WorkPlace;
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
  readonly sleep: Clock['sleep'];
  /** How many runs scan and upload at the same time. */
  readonly concurrency: number;
  /** How many runs this process has at most, those that wait included. @default 1000 */
  readonly most?: number;
  /** How often a going run looks for a person's word and shows its progress, in ms. @default 1000 */
  readonly pulseMs?: number;
}

/** A run of this process. */
interface Going {
  /** Given back while it waits. */
  place: Release | undefined;
  /** Ends it here when the worker shuts down: another goes on with it. */
  readonly handOver: AbortController;
  ended: Promise<void>;
}

export class Worker {
  readonly #options: WorkerOptions;
  readonly #places: Places;
  readonly #pulses: Pulses;
  readonly #shutdown = new AbortController();
  readonly #going = new Set<Going>();
  #leaving = false;

  constructor(options: WorkerOptions) {
    const { context, sleep, concurrency, pulseMs = 1_000 } = options;
    this.#options = options;
    this.#places = new Places(concurrency);
    const { db, now, log } = context;
    this.#pulses = new Pulses({ db, now, log, sleep, everyMs: pulseMs });
  }

  /**
   * Begins to work on the run as soon as there is a place, unless it has ended or another worker has it. Resolves when it
   * is begun; never rejects.
   */
  async begin(runId: string): Promise<void> {
    for (;;) {
      await this.ready();
      if (this.#leaving) return;
      const place = this.#places.takeNow();
      if (!place) continue;
      const going: Going = { place, handOver: new AbortController(), ended: Promise.resolve() };
      this.#going.add(going);
      going.ended = this.#work(runId, going)
        // The recovery announces it again.
        .catch((error: unknown) => {
          const name = isTakenOver(error) ? 'run.lease_lost' : 'run.dropped';
          this.#options.context.log.record(name, { run_id: runId, err: error });
        })
        .finally(() => {
          going.place?.();
          this.#going.delete(going);
        });
      return;
    }
  }

  /** Resolves when one more run can begin, or this worker takes none any more; never rejects. */
  async ready(): Promise<void> {
    const { most = 1_000 } = this.#options;
    while (!this.#leaving) {
      // Aborted: this worker leaves, as the loop sees.
      await this.#places.free(this.#shutdown.signal).catch(() => {});
      if (this.#going.size < most) return;
      await Promise.race([...this.#going].map(({ ended }) => ended));
    }
  }

  /**
   * Takes no further run, and hands over: at once those that wait, and after `graceMs` those that work. They stop where they
   * are, and another worker goes on from their journals.
   */
  async handOver(graceMs: number): Promise<void> {
    this.#leaving = true;
    const ended = new AbortController();
    for (const going of this.#going) if (!going.place) this.#handOver(going);
    const all = this.#allEnded().finally(() => ended.abort());
    // Aborted: all have ended before their time was over.
    if (graceMs > 0) await this.#options.sleep(graceMs, ended.signal).catch(() => {});
    this.#shutdown.abort(shuttingDown());
    await all;
  }

  async #allEnded(): Promise<void> {
    while (this.#going.size > 0) await Promise.all([...this.#going].map(({ ended }) => ended));
  }

  #handOver(going: Going): void {
    going.handOver.abort(shuttingDown());
  }

  #placeOf(run: StoredRun, going: Going, signal: AbortSignal): WorkPlace {
    const { log } = this.#options.context;
    return {
      take: async ({ onWait } = {}) => {
        going.place ??= await this.#places.take(signal, onWait);
      },
      leave: () => {
        if (going.place) log.record('run.waiting', idsOf(run));
        going.place?.();
        going.place = undefined;
        if (this.#leaving) this.#handOver(going);
      },
    };
  }

  async #work(runId: string, going: Going): Promise<void> {
    const { context } = this.#options;
    const run = await getRun(context.db, runId);
    const active = run.status === 'queued' || run.status === 'running';
    if (!active || run.jobId === null) return;
    const job = await getJob(context.db, run.jobId);
    const journal = await this.#open(run, job);
    if (!journal) return;
    try {
      await this.#run(run, job, journal, going);
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

  async #run(run: StoredRun, job: StoredJob, journal: DatabaseRunJournal, going: Going): Promise<void> {
    const { context, execute } = this.#options;
    const pulse = this.#pulses.begin(run.id);
    const signal = AbortSignal.any([
      journal.lost,
      pulse.stopped,
      going.handOver.signal,
      this.#shutdown.signal,
    ]);
    context.log.record(journal.isNew ? 'run.started' : 'run.resumed', {
      ...idsOf(run),
      trigger: run.trigger,
    });
    try {
      await this.#goOn(run, job, journal);
      await execute({
        run,
        job,
        journal,
        signal,
        place: this.#placeOf(run, going, signal),
        onProgress: (progress) => pulse.progress(progress),
        onRequest: (entry) => pulse.request(entry),
      });
    } catch (thrown) {
      // Whoever has the run now writes its end.
      if (isTakenOver(thrown)) return context.log.record('run.lease_lost', idsOf(run));
      await journal.append({
        type: 'ended',
        at: context.now().toISOString(),
        status: 'failed',
        error: asRunError(thrown),
      });
    } finally {
      await pulse.end();
    }
    const isLeft = going.handOver.signal.aborted || this.#shutdown.signal.aborted;
    logEnd(context.log, run, journal.state, isLeft && !pulse.stopped.aborted);
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

const idsOf = ({ id, jobId }: StoredRun): Pick<LogFields, 'run_id' | 'job_id'> => ({
  run_id: id,
  job_id: jobId,
});

/** @param isLeft this worker stops, and nobody stopped the run itself */
function logEnd(log: EventLog, run: StoredRun, state: RunState, isLeft: boolean): void {
  if (isLeft && state.status === 'interrupted') {
    log.record('run.handed_over', idsOf(run));
    return;
  }
  const { counts, chunks, durationMs } = describeRun(state, new Date(state.endedAt ?? state.startedAt));
  log.record('run.ended', {
    ...idsOf(run),
    status: state.status,
    code: state.error?.code ?? null,
    duration_ms: durationMs,
    scanned: counts?.scanned ?? null,
    members: counts?.unique ?? null,
    uploaded: counts?.uploaded ?? null,
    chunks: counts && chunks.length,
  });
}

const shuttingDown = () => new LineupError('interrupted', sentence`The worker is shutting down.`);

/** A person said: run anyway, whatever the size. */
const withWaiver = <T extends { maxShrink: number }>(request: T, run: StoredRun): T =>
  run.waivesGuard ? { ...request, maxShrink: 1 } : request;

const isTakenOver = (error: unknown): boolean =>
  error instanceof LineupError && error.code === 'run_taken_over';

function asRunError(error: unknown): RunError {
  if (error instanceof LineupError) {
    const { code, message, sentence, reason, retryable } = error;
    return { code, message, sentence, reason, retryable, resumable: false, allowShrinkTo: null };
  }
  const what = error instanceof Error ? error.name : typeof error;
  return {
    code: 'internal',
    ...localized(sentence`Lineup met a fault of its own (${what}). Please report it.`),
    reason: null,
    retryable: false,
    resumable: false,
    allowShrinkTo: null,
  };
}
