/**
 * The scheduler wakes jobs whose time has come, recovers runs of dead workers, and runs the service's regular chores.
 * Every process with a worker has a scheduler. A lease lets only one of them work.
 */
import { conditionOf } from '../contracts/job-display.ts';
import { system } from '../contracts/people.ts';
import { localized, moment, sentence } from '../contracts/sentence.ts';
import type { Lease, Leases } from '../store/coordination/leases.ts';
import { onCommit, transaction } from '../store/database/database.ts';
import { hasTransition, recordTransition } from '../store/repositories/job-transitions.ts';
import { dueJobs, lockJob, nextWake } from '../store/repositories/jobs.ts';
import { runsGoingOnSince } from '../store/repositories/recovery.ts';
import type { RunJournals } from '../store/repositories/run-journals.ts';
import { act } from './act.ts';
import { recover } from './conclude.ts';
import { type JobsContext, within } from './context.ts';
import { isDue } from './slots.ts';

/** Regular work. A chore finds out itself what is due, so it does not matter which process did it last. */
export interface Chore {
  readonly name: string;
  readonly everyMs: number;
  /** For work on the process' own machine: also done while another process has the lease. */
  readonly everywhere?: boolean;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export interface SchedulerOptions {
  readonly context: JobsContext;
  readonly journals: RunJournals;
  readonly leases: Leases;
  readonly chores: readonly Chore[];
  /** Resolves at `time`. Rejects when aborted. */
  readonly until: (time: Date, signal: AbortSignal) => Promise<void>;
  /** The longest time between two looks, in milliseconds. @default 5000 */
  readonly lookEveryMs?: number;
  /** A run is late when it has not succeeded this long after it was queued, in milliseconds. @default 6 hours */
  readonly lateAfterMs?: number;
}

const BATCH = 100;

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #stopped = new AbortController();
  #pause = new AbortController();
  readonly #startedAt = new Map<string, number>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #startAgain = new Set<string>();
  #lease: Lease | undefined;
  #looping: Promise<void> | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#looping ??= this.#loop();
  }

  /** Looks now. */
  lookNow(): void {
    this.#pause.abort();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#looping;
    await Promise.all(this.#running.values());
    await this.#lease?.release();
  }

  /** One look: does what is due, and starts due chores. */
  async look(): Promise<void> {
    const { context, journals } = this.#options;
    await recover(context, journals);
    await this.#wakeAll();
    await this.#reportLate();
    this.#startChores(this.#options.chores);
  }

  async #loop(): Promise<void> {
    const { until, context } = this.#options;
    while (!this.#stopped.signal.aborted) {
      // Before the look, so that work that comes during the look gets another one.
      this.#pause = new AbortController();
      try {
        if (await this.#mayWork()) await this.look();
        else this.#startChores(this.#options.chores.filter(({ everywhere }) => everywhere));
      } catch (error) {
        context.log.record('scheduler.look_failed', { err: error });
      }
      const signal = AbortSignal.any([this.#stopped.signal, this.#pause.signal]);
      // Aborted when there is something to do, or the scheduler stops.
      await until(await this.#nextLook(), signal).catch(() => {});
    }
  }

  async #mayWork(): Promise<boolean> {
    if (!this.#lease || this.#lease.lost.aborted) {
      const { leases, context } = this.#options;
      this.#lease = await leases.tryTake(['scheduler']);
      if (this.#lease) {
        context.log.record('scheduler.lease_taken');
        this.#lease.lost.addEventListener('abort', () => context.log.record('scheduler.lease_lost'));
      }
    }
    return this.#lease !== undefined;
  }

  async #nextLook(): Promise<Date> {
    const { context, lookEveryMs = 5_000 } = this.#options;
    // Without the database, the next look comes after the usual interval and reports the error.
    const wake = this.#lease && (await nextWake(context.db).catch(() => undefined));
    const now = context.now().getTime();
    const untilWake = wake ? wake.getTime() - now : lookEveryMs;
    return new Date(now + Math.max(50, Math.min(lookEveryMs, untilWake)));
  }

  async #wakeAll(): Promise<void> {
    const { context } = this.#options;
    for (const id of await dueJobs(context.db, context.now(), BATCH)) {
      // An error with one job must not stop the others.
      await this.#wake(id).catch((error: unknown) =>
        context.log.record('job.wake_failed', { job_id: id, err: error }),
      );
    }
  }

  async #wake(jobId: string): Promise<void> {
    const { context } = this.#options;
    await transaction(context.db, async (tx) => {
      const { state } = await lockJob(tx, jobId);
      // A person or another process may have been faster.
      if (isDue(state, context.now())) await act(within(context, tx), jobId, { type: 'wake' });
    });
  }

  async #reportLate(): Promise<void> {
    const { context, lateAfterMs = 6 * 3_600_000 } = this.#options;
    const before = new Date(context.now().getTime() - lateAfterMs);
    for (const { runId, jobId, since } of await runsGoingOnSince(context.db, before)) {
      await transaction(context.db, async (tx) => {
        const job = await lockJob(tx, jobId);
        if (await hasTransition(tx, jobId, 'late', runId)) return;
        const now = context.now();
        const { status } = job.state;
        const reason = localized(sentence`The run that was due at ${moment(since)} has not come to its end.`);
        const stays = { from: status, to: status, condition: conditionOf(job.state) };
        await recordTransition(tx, { jobId, action: 'late', ...stays, actor: system, reason, runId }, now);
        const about = { at: now.toISOString(), jobId, jobName: job.name, runId };
        await context.publish(tx, { type: 'run_late', ...about, since: since.toISOString() });
        const late = { run_id: runId, job_id: jobId, due_at: since.toISOString() };
        onCommit(tx, () => context.log.record('job.late', late));
      });
    }
  }

  /** Does not wait for the chores, because LINE may be slow and jobs must wake in time. */
  #startChores(chores: readonly Chore[]): void {
    const now = this.#options.context.now().getTime();
    for (const chore of chores) {
      const { name, everyMs } = chore;
      if (now - (this.#startedAt.get(name) ?? 0) < everyMs) continue;
      if (this.#running.has(name)) {
        this.#startAgain.add(name);
        continue;
      }
      this.#startedAt.set(name, now);
      const running = this.#run(chore).finally(() => {
        this.#running.delete(name);
        // The work may have come after the chore had checked for it.
        if (this.#startAgain.delete(name) && !this.#stopped.signal.aborted) this.#startChores([chore]);
      });
      this.#running.set(name, running);
    }
  }

  /** Never rejects. */
  async #run({ name, run }: Chore): Promise<void> {
    const { log } = this.#options.context;
    const startedAt = performance.now();
    const facts = () => ({ chore: name, duration_ms: Math.round(performance.now() - startedAt) });
    try {
      await run(this.#stopped.signal);
      log.record('chore.done', facts());
    } catch (error) {
      // A chore may fail because it is stopped.
      if (!this.#stopped.signal.aborted) log.record('chore.failed', { ...facts(), err: error });
    }
  }
}
