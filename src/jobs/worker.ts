/**
 * A worker takes runs, executes them, and concludes them. Any number of workers on any number of machines may get a
 * message about the same run. Its lease lets only one of them have it.
 */

import type { EventLog, LogFields } from '../contracts/event-log.ts';
import type { StoredJob, StoredRun } from '../contracts/job-store.ts';
import type { Clock, Release, WorkPlace } from '../contracts/ports.ts';
import type { ReportedProgress } from '../contracts/run-progress.ts';
import type { RunRequestEntry } from '../contracts/runs.ts';
import { destinationOf } from '../domain/destinations/index.ts';
import { databaseFailure } from '../domain/errors/database-away.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { faultOf } from '../domain/errors/unexpected.ts';
import type { RequestedRenewal, RunError, RunRequest } from '../domain/runs/run.ts';
import { describeRun } from '../domain/runs/run-document.ts';
import { runFailureOf } from '../domain/runs/run-error.ts';
import { isActive, openDeliveriesOf, type RunState } from '../domain/runs/run-state.ts';
import { sentence } from '../domain/text/sentence.ts';
import { rulesOfContinued, rulesOfRun } from './alerts.ts';
import { approvalFor } from './approvable.ts';
import { conclude } from './conclude.ts';
import type { JobsContext } from './context.ts';
import { approvalOfScan, scanOfPart, sourceOfPart } from './parts/scan.ts';
import { Places } from './places.ts';
import { Pulses } from './pulse.ts';
import { assertReadable, isReadable } from './readable.ts';
import type { RunJournals, StoredRunJournal } from './run-journals.ts';
import { SpanOfRun } from './run-trace.ts';
import { isUnexpected } from './schedule.ts';

/** Errors that leave a run as it is, for another worker or another version. */
const LEFT_ALONE: readonly string[] = ['run_taken_over', 'run_in_progress', 'data_newer'];

/** A run that this worker executes. */
export interface Execution {
  readonly run: StoredRun;
  readonly job: StoredJob;
  readonly journal: StoredRunJournal;
  /** Aborted when a person stops the run, when the worker shuts down, or when another worker has the run. */
  readonly signal: AbortSignal;
  /** Its place in this process. A run starts with one. */
  readonly place: WorkPlace;
  readonly onProgress: (progress: ReportedProgress) => void;
  readonly onRequest: (entry: RunRequestEntry) => void;
}

/** What the request of a run keeps of its surroundings, because they may change before the run continues. */
export interface RunFacts {
  /** The country of the installation, if it is known. */
  readonly country?: string | undefined;
  /** Whether the authorization of the job leaves out the headings of files. */
  readonly omitsHeadings?: boolean | undefined;
  /** What a run does about the ends of the job's audiences, by their ids. Missing where they do not end. */
  readonly renewals?: ReadonlyMap<string, RequestedRenewal> | undefined;
  /** The authorization that was asked. */
  readonly authorizationId?: string | undefined;
}

export interface WorkerOptions {
  readonly context: JobsContext;
  readonly journals: RunJournals;
  /** The request of a run, from the job's present configuration. */
  readonly describe: (job: StoredJob, run: StoredRun, facts: RunFacts) => RunRequest;
  /** What the request needs beside the job. @default nothing */
  readonly facts?: (jobId: string) => Promise<RunFacts>;
  /** Executes the run until its journal has its end. Rejects only with errors that are not in the journal yet. */
  readonly execute: (execution: Execution) => Promise<void>;
  /**
   * Whether this version knows what the run needs beside its job. If not, it leaves the run to another version.
   * @default always
   */
  readonly knows?: (job: StoredJob) => Promise<boolean>;
  readonly sleep: Clock['sleep'];
  /** How many runs scan and upload at the same time. */
  readonly concurrency: number;
  /** The maximum number of runs of this process, including waiting ones. @default 1000 */
  readonly most?: number;
  /** How often runs store their progress and check for stop requests, in milliseconds. @default 1000 */
  readonly pulseMs?: number;
}

/** How long a worker leaves a run to others after its disk was full. */
const FIRST_CHANCE_MS = 20_000;

/** An active run of this process. */
interface ActiveRun {
  /** Undefined while it waits. */
  place: Release | undefined;
  /** Stops it in this process when the worker shuts down. Another worker continues it. */
  readonly handOver: AbortController;
  ended: Promise<void>;
}

/** A person has given the job another authorization meanwhile. */
class FactsOutdatedError extends Error {}

export class Worker {
  readonly #options: WorkerOptions;
  readonly #places: Places;
  readonly #pulses: Pulses;
  readonly #shutdown = new AbortController();
  readonly #active = new Set<ActiveRun>();
  /** Jobs whose last run here found a full disk, and whether their next run is waiting for another machine. */
  readonly #full = new Map<string, 'ended' | 'waiting'>();
  #stopping = false;

  constructor(options: WorkerOptions) {
    const { context, sleep, concurrency, pulseMs = 1_000 } = options;
    this.#options = options;
    this.#places = new Places(concurrency);
    const { store, now, log } = context;
    this.#pulses = new Pulses({ store, now, log, sleep, everyMs: pulseMs });
  }

  /**
   * Starts to work on the run as soon as there is a place, unless it has ended or another worker has it. Resolves at
   * the start; never rejects.
   * @param cause the `traceparent` of what started or continued the run. @default what its journal has
   */
  async begin(runId: string, cause?: string): Promise<void> {
    for (;;) {
      await this.ready();
      if (this.#stopping) return;
      const place = this.#places.tryTake();
      if (!place) continue;
      const active: ActiveRun = { place, handOver: new AbortController(), ended: Promise.resolve() };
      this.#active.add(active);
      active.ended = this.#work(runId, active, cause)
        // The recovery queues the run again.
        .catch((error: unknown) => {
          const name = isTakenOver(error) ? 'run.lease_lost' : 'run.dropped';
          this.#options.context.log.record(name, { run_id: runId, err: error });
        })
        .finally(() => {
          active.place?.();
          this.#active.delete(active);
        });
      return;
    }
  }

  /** Resolves when one more run can start, or when this worker takes no more runs. Never rejects. */
  async ready(): Promise<void> {
    const { most = 1_000 } = this.#options;
    while (!this.#stopping) {
      // Aborted when this worker stops, which the loop checks.
      await this.#places.whenFree(this.#shutdown.signal).catch(() => {});
      if (this.#active.size < most) return;
      await Promise.race([...this.#active].map(({ ended }) => ended));
    }
  }

  /**
   * Takes no more runs, and hands over the present ones: waiting runs at once, working runs after `graceMs`. They
   * stop where they are, and another worker continues from their journals.
   */
  async handOver(graceMs: number): Promise<void> {
    this.#stopping = true;
    const ended = new AbortController();
    for (const active of this.#active) if (!active.place) this.#handOver(active);
    const all = this.#allEnded().finally(() => ended.abort());
    // Aborted when all runs have ended before `graceMs`.
    if (graceMs > 0) await this.#options.sleep(graceMs, ended.signal).catch(() => {});
    this.#shutdown.abort(shuttingDown());
    await all;
  }

  async #allEnded(): Promise<void> {
    while (this.#active.size > 0) await Promise.all([...this.#active].map(({ ended }) => ended));
  }

  #handOver(active: ActiveRun): void {
    active.handOver.abort(shuttingDown());
  }

  #placeOf(run: StoredRun, active: ActiveRun, signal: AbortSignal): WorkPlace {
    const { log } = this.#options.context;
    return {
      take: async ({ onWait } = {}) => {
        active.place ??= await this.#places.take(signal, onWait);
      },
      leave: () => {
        if (active.place) log.record('run.waiting', idsOf(run));
        active.place?.();
        active.place = undefined;
        if (this.#stopping) this.#handOver(active);
      },
    };
  }

  async #work(runId: string, active: ActiveRun, cause: string | undefined): Promise<void> {
    const { context } = this.#options;
    const run = await context.store.getRun(runId);
    if (!isActive(run) || run.jobId === null) return;
    const { knows } = this.#options;
    if (knows && !(await knows(await context.store.getJob(run.jobId)))) return;
    if (this.#isLeftToOthers(run.jobId)) return;
    const { jobId } = run;
    const { tracer } = context;
    const attributes = { 'lineup.run.id': run.id, 'lineup.job.id': jobId, 'lineup.run.trigger': run.trigger };
    const span = new SpanOfRun({ tracer, attributes, cause });
    const journal = await this.#open(run, jobId, span);
    if (!journal) return;
    if (!journal.isNew) span.begin(journal.state.trace);
    await span.around(async () => {
      tracer?.active?.set({ 'lineup.run.resumed': !journal.isNew });
      try {
        const job = await context.store.getJob(jobId);
        if (!isReadable(job)) return;
        await this.#run(run, job, journal, active, span);
      } finally {
        await journal.close();
      }
      if (journal.state.error?.code === 'disk_full') this.#full.set(jobId, 'ended');
      await conclude(context, runId);
    });
  }

  /**
   * After a full disk, a machine with more room has the first chance. The recovery offers the run again, also to this
   * worker.
   */
  #isLeftToOthers(jobId: string): boolean {
    const state = this.#full.get(jobId);
    if (state === 'ended') {
      this.#full.set(jobId, 'waiting');
      void this.#options
        .sleep(FIRST_CHANCE_MS, this.#shutdown.signal)
        .catch(() => {})
        .then(() => this.#full.delete(jobId));
    }
    return state !== undefined;
  }

  /**
   * Undefined when another worker has the run, when it was stopped in the meantime, or when this version cannot read
   * it.
   */
  async #open(run: StoredRun, jobId: string, span: SpanOfRun): Promise<StoredRunJournal | undefined> {
    const { journals, describe, facts, context } = this.#options;
    // Before the transaction, because they are read from elsewhere.
    const known = (await facts?.(jobId)) ?? {};
    try {
      return await journals.open(run.id, async (tx) => {
        const job = await tx.getJob(jobId);
        assertReadable(job);
        const { authorizationId = job.authorizationId } = known;
        if (authorizationId !== job.authorizationId) throw new FactsOutdatedError();
        const alerts = rulesOfRun(job, (await tx.alertsOf(jobId)).defaults);
        const revision = await tx.sourceRevision(job.sourceAuthorizationId);
        const { source, ...request } = describe(job, run, known);
        const scan = await scanOfPart(tx, job);
        const divided = sourceOfPart(scan, job);
        const approval = approvalFor(run, job, revision) ?? approvalOfScan(scan, job);
        return {
          type: 'started',
          at: context.now().toISOString(),
          runId: run.id,
          rulesVersion: destinationOf(request.destination).rules.version,
          request: {
            source: { ...source, ...(revision !== null && { revision }), ...(divided && { divided }) },
            ...request,
            ...(alerts && { alerts }),
          },
          ...(approval && { approval }),
          ...span.begin().entry,
        };
      });
    } catch (error) {
      if (error instanceof FactsOutdatedError) return this.#open(run, jobId, span);
      if (isLeftAlone(error)) return undefined;
      throw error;
    }
  }

  async #run(
    run: StoredRun,
    job: StoredJob,
    journal: StoredRunJournal,
    active: ActiveRun,
    span: SpanOfRun,
  ): Promise<void> {
    const { context, execute } = this.#options;
    const pulse = this.#pulses.begin(run.id);
    const signal = AbortSignal.any([journal.lost, pulse.stopped, active.handOver.signal, this.#shutdown.signal]);
    context.log.record(journal.isNew ? 'run.started' : 'run.resumed', {
      ...idsOf(run),
      trigger: run.trigger,
    });
    try {
      await this.#resume(run, job.id, journal, span);
      await execute({
        run,
        job,
        journal,
        signal,
        place: this.#placeOf(run, active, signal),
        onProgress: (progress) => pulse.progress(progress),
        onRequest: (entry) => pulse.request(entry),
      });
    } catch (thrown) {
      // The worker that has the run now writes its end.
      if (isTakenOver(thrown)) return context.log.record('run.lease_lost', idsOf(run));
      // A newer version continues it.
      if (isLeftAlone(thrown)) return;
      const error = failureOf(thrown, journal.state);
      if (isUnexpected(error.code)) context.log.record('run.fault', { ...idsOf(run), ...faultOf(thrown) });
      context.tracer?.active?.fail(error.code);
      await journal.append({ type: 'ended', at: context.now().toISOString(), status: 'failed', error });
    } finally {
      await pulse.end();
    }
    const isHandedOver = active.handOver.signal.aborted || this.#shutdown.signal.aborted;
    logEnd(context.log, run, journal.state, isHandedOver && !pulse.stopped.aborted);
  }

  /**
   * Continues a run that was started before, unless a later run has written to an audience that it has not completed.
   */
  async #resume(run: StoredRun, jobId: string, journal: StoredRunJournal, span: SpanOfRun): Promise<void> {
    if (journal.isNew) return;
    const { context } = this.#options;
    await journal.begin(async (tx) => {
      const job = await tx.getJob(jobId);
      assertReadable(job);
      const alerts = await rulesOfContinued(tx, job, journal.state.request.alerts);
      const approval =
        approvalFor(run, job, await tx.sourceRevision(job.sourceAuthorizationId)) ??
        approvalOfScan(await scanOfPart(tx, job), job);
      return {
        type: 'resumed',
        at: context.now().toISOString(),
        maxShrink: job.configuration.max_shrink,
        ...(alerts !== undefined && { alerts }),
        ...(approval && { approval }),
        ...span.entry,
      };
    });
    for (const delivery of openDeliveriesOf(journal.state)) {
      const later = await context.store.supersededBy(delivery);
      if (!later) continue;
      throw new LineupError(
        'run_superseded',
        sentence`The run ${later} has changed the audience since then, so the older chunks of this run cannot be sent.`,
      );
    }
  }
}

const idsOf = ({ id, jobId }: StoredRun): Pick<LogFields, 'run_id' | 'job_id'> => ({
  run_id: id,
  job_id: jobId,
});

/** @param isHandedOver this worker stops, and no person stopped the run */
function logEnd(log: EventLog, run: StoredRun, state: RunState, isHandedOver: boolean): void {
  if (isHandedOver && state.status === 'interrupted') {
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

const isLeftAlone = (error: unknown): boolean => error instanceof LineupError && LEFT_ALONE.includes(error.code);

const isTakenOver = (error: unknown): boolean => error instanceof LineupError && error.code === 'run_taken_over';

/** An error of the storage, not of the export, which writes its own. After it, what was staged can still be sent. */
const failureOf = (thrown: unknown, state: RunState): RunError =>
  runFailureOf(databaseFailure(thrown) ?? thrown, state, ({ retryable }) => retryable && state.staged !== null);
