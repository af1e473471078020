/**
 * The scheduler wakes jobs whose time or data has come, recovers runs of dead workers, and runs the service's
 * regular chores. Every process with a worker has a scheduler. A lease lets only one of them work.
 */

import type { StoredJob } from '../contracts/job-store.ts';
import type { Clock, Lease, Leases } from '../contracts/ports.ts';
import { conditionOf, LONGEST_WAIT_MS } from '../domain/jobs/conditions.ts';
import { system } from '../domain/people/people.ts';
import { localized, moment, sentence } from '../domain/text/sentence.ts';
import { actOn } from './act.ts';
import { recover } from './conclude.ts';
import { type JobsContext, within } from './context.ts';
import { isReadable } from './readable.ts';
import type { RunJournals } from './run-journals.ts';
import { isDue, judgedAgain } from './slots.ts';
import { timingOf } from './timing.ts';
import { fireTriggers } from './triggers/index.ts';

/** Regular work. A chore finds out itself what is due, so it does not matter which process did it last. */
export interface Chore {
  readonly name: string;
  readonly everyMs: number;
  /** For work on the process' own machine: also done while another process has the lease. */
  readonly everywhere?: boolean;
  /** @param leave something of it is left to another version */
  readonly run: (signal: AbortSignal, leave: () => void) => Promise<void>;
}

export interface SchedulerOptions {
  readonly context: JobsContext;
  readonly journals: RunJournals;
  readonly leases: Leases;
  readonly chores: readonly Chore[];
  readonly clock: Pick<Clock, 'until' | 'monotonic'>;
  /** The longest time between two looks, in milliseconds. @default 5000 */
  readonly lookEveryMs?: number;
  /** A run is late when it has not succeeded this long after it was queued, in milliseconds. @default 6 hours */
  readonly lateAfterMs?: number;
  /** The least time between two releases of the lease for another version, in milliseconds. @default 1 minute */
  readonly giveWayEveryMs?: number;
}

/** The most jobs that wake in one look. Then the other work of a look has its turn. */
const BATCH = 250;
/**
 * Jobs that wake in one transaction, because each statement and each commit takes its time. Few enough that nobody
 * waits long for their locks, or for the only connection of PGlite.
 */
const TOGETHER = 50;

/** A clock that is corrected little by little takes smaller steps between two looks. */
const STEP_MS = 60_000;

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #stopped = new AbortController();
  #pause = new AbortController();
  readonly #startedAt = new Map<string, number>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #startAgain = new Set<string>();
  #lease: Lease | undefined;
  /** Whether the last look found something to do with a job or a run that this version must leave alone. */
  #leavesWork = false;
  /** Whether a chore has found such work since the lease was given up last. */
  #choreLeaves = false;
  /** When the last look began. */
  #lookedAt: Date | undefined;
  /** Whether the lease was given up for a version that can do such work, and no other process has taken it since. */
  #gaveWay = false;
  /** When that was the last time, by the clock that nobody sets. */
  #gaveWayAt = Number.NEGATIVE_INFINITY;
  /** By how much the clock was ahead of the one that nobody sets, at the last look. */
  #clockAheadMs: number | undefined;
  #looping: Promise<void> | undefined;
  #turn = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#looping ??= this.#loop();
  }

  /** Rises when the loop goes round; undefined when it has ended. */
  turn(): number | undefined {
    return this.#stopped.signal.aborted ? undefined : this.#turn;
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
    this.#lookedAt = context.now();
    this.#leavesWork = !(await recover(context, journals));
    if (this.#isClockNew()) await this.#judgeAgain();
    if (!(await fireTriggers(context))) this.#leavesWork = true;
    await this.#wakeAll();
    await this.#reportLate();
    this.#startChores(this.#options.chores);
  }

  async #loop(): Promise<void> {
    const { clock, context } = this.#options;
    while (!this.#stopped.signal.aborted) {
      this.#turn += 1;
      // Before the look, so that work that comes during the look gets another one.
      this.#pause = new AbortController();
      try {
        if (await this.#mayWork()) {
          await this.look();
          if (this.#leavesWork || this.#choreLeaves) await this.#giveWay();
        } else this.#startChores(this.#options.chores.filter(({ everywhere }) => everywhere));
      } catch (error) {
        context.log.record('scheduler.look_failed', { err: error });
      }
      const signal = AbortSignal.any([this.#stopped.signal, this.#pause.signal]);
      // Aborted when there is something to do, or the scheduler stops.
      await clock.until(await this.#nextLook(), signal).catch(() => {});
    }
  }

  async #mayWork(): Promise<boolean> {
    if (!this.#lease || this.#lease.lost.aborted) {
      const { leases, context } = this.#options;
      this.#lease = await leases.tryTake(['scheduler']);
      if (this.#lease) {
        // Jobs may sleep by the clock of another machine.
        this.#clockAheadMs = undefined;
        if (!this.#gaveWay) context.log.record('scheduler.lease_taken');
        this.#lease.lost.addEventListener('abort', () => context.log.record('scheduler.lease_lost'));
      }
      // A later loss of the lease is a real one.
      this.#gaveWay = false;
    }
    return this.#lease !== undefined;
  }

  /**
   * A process of another version may take the lease before the next look of this one. One of the same version may take
   * it, too, and leaves the same work. So this happens rarely, or the lease would go back and forth.
   */
  async #giveWay(): Promise<void> {
    const { clock, giveWayEveryMs = 60_000 } = this.#options;
    const now = clock.monotonic();
    if (now - this.#gaveWayAt < giveWayEveryMs) return;
    this.#gaveWayAt = now;
    this.#choreLeaves = false;
    const lease = this.#lease;
    this.#lease = undefined;
    this.#gaveWay = true;
    await lease?.release();
  }

  async #nextLook(): Promise<Date> {
    const { context, lookEveryMs = 5_000 } = this.#options;
    // Without the database, the next look comes after the usual interval and reports the error.
    // The time of a job that the last look had to leave has come, and it does not wake here.
    const after = this.#leavesWork ? this.#lookedAt : undefined;
    const wake = this.#lease && (await context.store.nextWake(after).catch(() => undefined));
    const now = context.now().getTime();
    const untilWake = wake ? wake.getTime() - now : lookEveryMs;
    return new Date(now + Math.max(50, Math.min(lookEveryMs, untilWake)));
  }

  /** Whether somebody has set the clock since the last look, or another clock was used before. */
  #isClockNew(): boolean {
    const { context, clock } = this.#options;
    const before = this.#clockAheadMs;
    this.#clockAheadMs = context.now().getTime() - clock.monotonic();
    return before === undefined || Math.abs(this.#clockAheadMs - before) > STEP_MS;
  }

  /** Calculates the times of jobs anew that sleep longer than they would by this clock. */
  async #judgeAgain(): Promise<void> {
    const { store, now, log } = this.#options.context;
    const far = await store.sleepingJobs(new Date(now().getTime() + LONGEST_WAIT_MS));
    const judge = (job: StoredJob) =>
      isReadable(job) ? judgedAgain(job.state, { now: now(), ...timingOf(job) }) : undefined;
    for (const { id } of far.filter(judge)) {
      await store.transaction(async (tx) => {
        const job = await tx.lockJob(id);
        // Another process may have changed the job before it was locked.
        const judged = judge(job);
        if (!judged) return;
        await tx.saveState(id, judged);
        const due_at = judged.sleepUntil?.toISOString() ?? '';
        tx.onCommit(() => log.record('job.rescheduled', { job_id: id, due_at }));
      });
    }
  }

  async #wakeAll(): Promise<void> {
    const { context } = this.#options;
    const due = await context.store.dueJobs(context.now(), BATCH);
    for (let from = 0; from < due.length; from += TOGETHER) await this.#wakeSome(due.slice(from, from + TOGETHER));
  }

  /** Never rejects. An error with one job must not stop the others. */
  async #wakeSome(ids: readonly string[]): Promise<void> {
    const { log } = this.#options.context;
    try {
      await this.#wake(ids);
    } catch (error) {
      if (ids.length === 1) return log.record('job.wake_failed', { job_id: ids[0]!, err: error });
      const half = Math.ceil(ids.length / 2);
      await this.#wakeSome(ids.slice(0, half));
      await this.#wakeSome(ids.slice(half));
    }
  }

  async #wake(ids: readonly string[]): Promise<void> {
    const { context } = this.#options;
    await context.store.transaction(async (tx) => {
      for (const id of ids) {
        const job = await tx.lockJob(id);
        // A person or another process may have been faster.
        if (!isDue(job.state, context.now())) continue;
        if (!isReadable(job)) this.#leavesWork = true;
        else await actOn(within(context, tx), job, { type: 'wake' });
      }
    }, ids);
  }

  async #reportLate(): Promise<void> {
    const { context, lateAfterMs = 6 * 3_600_000 } = this.#options;
    const before = new Date(context.now().getTime() - lateAfterMs);
    for (const { runId, jobId, since } of await context.store.runsGoingOnSince(before)) {
      await context.store.transaction(async (tx) => {
        const job = await tx.lockJob(jobId);
        if (await tx.hasTransition(jobId, 'late', runId)) return;
        const now = context.now();
        const { status } = job.state;
        const reason = localized(sentence`The run that was due at ${moment(since)} has not ended.`);
        const stays = { from: status, to: status, condition: conditionOf(job.state) };
        await tx.recordTransition({ jobId, action: 'late', ...stays, actor: system, reason, runId }, now);
        const about = { at: now.toISOString(), jobId, jobName: job.name, runId };
        await tx.publish({ type: 'run_late', ...about, since: since.toISOString() });
        const late = { run_id: runId, job_id: jobId, due_at: since.toISOString() };
        tx.onCommit(() => context.log.record('job.late', late));
      });
    }
  }

  /** Does not wait for the chores, because LINE may be slow and jobs must wake in time. */
  #startChores(chores: readonly Chore[]): void {
    const now = this.#options.context.now().getTime();
    for (const chore of chores) {
      const { name, everyMs } = chore;
      const sinceMs = now - (this.#startedAt.get(name) ?? 0);
      // The clock may have been set back since then.
      if (sinceMs >= 0 && sinceMs < everyMs) continue;
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
    const { context, clock } = this.#options;
    const startedAt = clock.monotonic();
    const facts = () => ({ chore: name, duration_ms: Math.round(clock.monotonic() - startedAt) });
    try {
      await run(this.#stopped.signal, () => {
        this.#choreLeaves = true;
      });
      context.log.record('chore.done', facts());
    } catch (error) {
      // A chore may fail because it is stopped.
      if (!this.#stopped.signal.aborted) context.log.record('chore.failed', { ...facts(), err: error });
    }
  }
}
