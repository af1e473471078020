/**
 * A worker: takes a run, brings it to its end, and concludes. Any number of workers on any number of machines may be told of
 * the same run; its lease lets one have it.
 */
import type { Clock } from '../contracts/clock.ts';
import { LineupError } from '../contracts/errors.ts';
import type { Release, WorkPlace } from '../contracts/ports.ts';
import type { RunError, RunRequest } from '../contracts/run.ts';
import type { RunProgress } from '../contracts/run-progress.ts';
import type { RunRequestEntry } from '../contracts/runs.ts';
import { sentence, told } from '../contracts/sentence.ts';
import { getJob, type StoredJob } from '../store/jobs.ts';
import type { DatabaseRunJournal, RunJournals } from '../store/run-journal.ts';
import { getRun, type StoredRun, supersededBy } from '../store/runs.ts';
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
  /** Told of faults of the database: the run is then announced again by the recovery. */
  readonly onError: (error: unknown) => void;
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
    this.#pulses = new Pulses({ db: context.db, now: context.now, sleep, everyMs: pulseMs });
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
        .catch(this.#options.onError)
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

  #placeOf(going: Going, signal: AbortSignal): WorkPlace {
    return {
      take: async ({ onWait } = {}) => {
        going.place ??= await this.#places.take(signal, onWait);
      },
      leave: () => {
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
    try {
      await this.#goOn(run, job, journal);
      await execute({
        run,
        job,
        journal,
        signal,
        place: this.#placeOf(going, signal),
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
    ...told(sentence`Lineup met a fault of its own (${what}). Please report it.`),
    reason: null,
    retryable: false,
    resumable: false,
    allowShrinkTo: null,
  };
}
