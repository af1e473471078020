/**
 * Triggers, of other jobs, of webhooks and of sources (looks.ts): whatever a job waits for makes a run of it that
 * begins afterwards, and only one, and none sooner than the trigger allows. A job that has seen a success says so once,
 * and in the end no success is unseen.
 */
import type { StoredJob } from '../../src/contracts/job-store.ts';
import { type Trigger, triggerOf } from '../../src/domain/schedule/triggers/index.ts';
import type { Present } from '../world/looked-at.ts';
import type { SeenRows, SeenTransition, SeenWrites } from '../world/storage.ts';
import { Looks, type LooksOptions, type Unseen } from './looks.ts';
import { ViolationError } from './violation.ts';

/** What is known of a job that waits for its data. */
interface Waiting {
  /** The other job, or that it waits for webhooks or its source. */
  readonly awaited: string;
  /** When the runs began that have succeeded, and for which it has not fired. */
  readonly unfired: Set<string>;
  /** It has not begun a run since that has come. */
  isOwed: boolean;
}

/** In place of the id of a job. */
const WEBHOOKS = 'webhooks';
const SOURCE = 'source';

function awaitedBy(trigger: Trigger | undefined): string | undefined {
  switch (trigger?.kind) {
    case 'after_job':
      return trigger.job_id;
    case 'webhook':
      return WEBHOOKS;
    case 'object':
    case 'table':
      return SOURCE;
    case undefined:
      return undefined;
  }
}

export interface TriggersOptions extends LooksOptions {
  /** Whether the clocks of this history let a job know how much time has passed. */
  readonly hasGoodClocks: boolean;
}

export class Triggers {
  readonly #rows: () => SeenRows;
  readonly #hasGoodClocks: boolean;
  readonly #looks: Looks;
  /** How many entries of the log of each job are known, and what its trigger had seen last. */
  readonly #known = new Map<string, { entries: number; seen: string | null }>();
  readonly #waiting = new Map<string, Waiting>();
  /** When the last run of each job began. */
  readonly #lastRuns = new Map<string, Date>();
  readonly #runs = new Set<string>();
  readonly #succeeded = new Set<string>();
  /** Of each job: the webhooks that were sent, those that the sender knows to be taken, and how often it fired. */
  readonly #webhooks = new Map<string, { readonly sent: Set<string>; readonly taken: Set<string>; fired: number }>();

  constructor(options: TriggersOptions) {
    this.#rows = options.rows;
    this.#hasGoodClocks = options.hasGoodClocks;
    this.#looks = new Looks(options);
  }

  /** Something was saved. */
  onCommit({ jobs, runs, transitions }: Pick<SeenWrites, 'jobs' | 'runs' | 'transitions'>): void {
    for (const [id, job] of jobs) {
      this.#onJob(id, job);
      this.#looks.onJob(id, job);
    }
    for (const run of runs.values()) {
      if (!run || run.job_id === null) continue;
      if (!this.#runs.has(run.id)) {
        this.#runs.add(run.id);
        this.#onStart(run.job_id, run.trigger, run.queued_at);
        this.#looks.onStart(run.job_id, run.id);
      }
      if (run.status !== 'succeeded' || this.#succeeded.has(run.id)) continue;
      this.#succeeded.add(run.id);
      for (const [id, waiting] of this.#waiting) {
        if (waiting.awaited !== run.job_id || !this.#waitsFor(id, run.id)) continue;
        waiting.unfired.add(run.queued_at.toISOString());
        waiting.isOwed = true;
      }
    }
    for (const [id, log] of transitions) {
      const job = this.#rows().jobs.get(id);
      if (log && job) this.#check(job, log);
    }
  }

  /** A look at what a segment waits for has found this. */
  onTold(segment: string, text: string | null): void {
    this.#looks.onTold(segment, text);
  }

  /** A run has noted what it is going to read. @param marked null when it does not know */
  onMark(runId: string, marked: Present | null): void {
    this.#looks.onMark(runId, marked);
  }

  /** A run begins to read its source. */
  onScan(runId: string): void {
    this.#looks.onScan(runId);
  }

  /** A webhook is sent, for the first time or again. */
  onWebhook(jobId: string, id: string): void {
    this.#webhooksOf(jobId).sent.add(id);
  }

  /** The sender knows that it is taken, and sends it no more. */
  onWebhookTaken(jobId: string, id: string): void {
    const { taken, fired } = this.#webhooksOf(jobId);
    taken.add(id);
    if (fired < taken.size)
      throw new ViolationError('trigger', `job ${jobId} has taken the webhook ${id}, and no run is to begin`);
  }

  #webhooksOf(jobId: string) {
    const known = this.#webhooks.get(jobId) ?? { sent: new Set(), taken: new Set(), fired: 0 };
    this.#webhooks.set(jobId, known);
    return known;
  }

  #onJob(id: string, job: StoredJob | null): void {
    const awaited = job && job.state.status !== 'killed' ? awaitedBy(triggerOf(job.configuration)) : undefined;
    if (awaited === undefined) this.#waiting.delete(id);
    if (!job) {
      // A job that was deleted takes its successes along.
      for (const waiting of this.#waiting.values()) {
        if (waiting.awaited !== id || waiting.unfired.size === 0) continue;
        waiting.unfired.clear();
        waiting.isOwed = false;
      }
    }
    if (!job || awaited === undefined || this.#waiting.get(id)?.awaited === awaited) return;
    const unfired = this.#successesAfter(awaited, job.state.trigger?.seen ?? null);
    this.#waiting.set(id, { awaited, unfired: new Set(unfired), isOwed: unfired.length > 0 });
  }

  /** A part of a split job waits for a scan that has seen its value. */
  #waitsFor(jobId: string, runId: string): boolean {
    const part = this.#rows().jobs.get(jobId)?.part;
    return part === undefined || part === null || part.run === runId;
  }

  #successesAfter(jobId: string, seen: string | null): string[] {
    return [...this.#rows().runs.values()]
      .filter(({ job_id, status }) => job_id === jobId && status === 'succeeded')
      .map((run) => run.queued_at.toISOString())
      .filter((at) => seen === null || at > seen);
  }

  #onStart(jobId: string, by: string, at: Date): void {
    const last = this.#lastRuns.get(jobId);
    this.#lastRuns.set(jobId, at);
    const waiting = this.#waiting.get(jobId);
    if (!waiting) return;
    waiting.isOwed = false;
    const job = this.#rows().jobs.get(jobId);
    const trigger = job && triggerOf(job.configuration);
    if (!trigger || !last || by !== 'schedule' || !this.#hasGoodClocks) return;
    const minutes = (at.getTime() - last.getTime()) / 60_000;
    if (minutes < trigger.at_most_every_minutes)
      throw new ViolationError('trigger', `job ${jobId} has begun another run after ${minutes.toFixed(1)} minutes`);
  }

  /** A job was saved, with its log. */
  #check(job: StoredJob, log: readonly SeenTransition[]): void {
    const { entries = 0, seen = null } = this.#known.get(job.id) ?? {};
    const fresh = log.slice(entries);
    const now = job.state.trigger?.seen ?? null;
    this.#known.set(job.id, { entries: log.length, seen: now });
    const fired = fresh.filter(({ action }) => action === 'trigger').length;
    if (fired === 0) return;
    const waiting = this.#waiting.get(job.id);
    if (waiting?.awaited === SOURCE) {
      waiting.isOwed = true;
      this.#looks.onFired(job, fired);
    } else {
      if (waiting?.awaited === WEBHOOKS) this.#onFiredByWebhook(job.id, waiting, fired);
      const unfired = waiting?.awaited === WEBHOOKS ? undefined : waiting?.unfired;
      if (fired > 1 || now === null || (seen !== null && now <= seen) || unfired?.has(now) === false)
        throw new ViolationError('trigger', `the trigger of job ${job.id} has fired again for ${now}, after ${seen}`);
      for (const at of unfired ?? []) if (at <= now) unfired?.delete(at);
    }
    if (job.state.slot === null)
      throw new ViolationError('trigger', `the trigger of job ${job.id} has fired, and no run is to begin`);
  }

  #onFiredByWebhook(jobId: string, waiting: Waiting, fired: number): void {
    const webhooks = this.#webhooksOf(jobId);
    webhooks.fired += fired;
    waiting.isOwed = true;
    if (webhooks.fired > webhooks.sent.size)
      throw new ViolationError('trigger', `job ${jobId} has fired more often than webhooks were sent to it`);
  }

  /** The jobs that have not seen what has come for them. */
  unseen(): Unseen[] {
    const { jobs, runs: all } = this.#rows();
    const timeOf = (runId: string) => all.get(runId)?.queued_at.toISOString() ?? '';
    const ofJobs = [...jobs.values()].flatMap(({ id, configuration, state, part }) => {
      const awaited = awaitedBy(triggerOf(configuration));
      if (awaited === undefined || state.status === 'killed' || !jobs.has(awaited)) return [];
      const runs = this.#successesAfter(awaited, state.trigger?.seen ?? null);
      return runs.length > 0 && (!part || runs.includes(timeOf(part.run))) ? [{ id, from: 0 }] : [];
    });
    return [...ofJobs, ...this.#looks.unseen()];
  }

  /** Everything has come to rest. */
  checkEnd(): void {
    const [unseen] = this.unseen();
    if (unseen) throw new ViolationError('trigger', `job ${unseen.id} has not seen what has come for it`);
    this.#looks.checkEnd();
    const { jobs } = this.#rows();
    for (const [id, { isOwed }] of this.#waiting) {
      if (isOwed && jobs.get(id)?.state.slot === null)
        throw new ViolationError('trigger', `job ${id} has begun no run since what it waits for has come`);
    }
  }
}
