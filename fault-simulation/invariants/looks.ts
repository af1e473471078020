/**
 * Triggers that look at sources: a job fires for what a look has told since it fired last, and for no other thing. In
 * the end it has seen what is there, and has begun a run since it came.
 */
import type { StoredJob } from '../../src/contracts/job-store.ts';
import { looksAtSource, triggerOf } from '../../src/domain/schedule/triggers/index.ts';
import { LATEST_LOOK_MS } from '../../src/domain/schedule/triggers/looks.ts';
import type { LookedAt, Present } from '../world/looked-at.ts';
import type { SeenRows } from '../world/storage.ts';
import { ViolationError } from './violation.ts';

/** What the invariants know of a source that is looked at. */
type Looked = Pick<LookedAt, 'isNewSince' | 'now' | 'presentAt'>;

export interface LooksOptions {
  readonly rows: () => SeenRows;
  /** Wall time in milliseconds. */
  readonly wall: () => number;
  /** What a job with this segment looks at. */
  readonly lookedAtBy: (segment: string) => Looked | undefined;
}

/** What is known of a job that looks at its source. */
interface Known {
  readonly setAt: number;
  /** What was there when it was set, or when its last run was queued. */
  queued: Present;
  /** What its last run has begun to read. */
  read: Present | undefined;
  runId: string | undefined;
  /** What it had seen when its last run was queued, before the last commit, and now. */
  seenThen: string | null;
  seenBefore: string | null;
  seen: string | null;
}

export interface Unseen {
  readonly id: string;
  /** When a process can see it, in wall time. */
  readonly from: number;
}

export class Looks {
  readonly #options: LooksOptions;
  readonly #jobs = new Map<string, Known>();
  /** By segment, what looks have told since the job has fired or was set. */
  readonly #told = new Map<string, Set<string>>();

  constructor(options: LooksOptions) {
    this.#options = options;
  }

  onTold(segment: string, text: string | null): void {
    if (text !== null) this.#toldOf(segment).add(text);
  }

  /** A job was saved. */
  onJob(id: string, job: StoredJob | null): void {
    const lookedAt = job && this.#lookedAtOf(job);
    if (!lookedAt || !job.state.trigger) {
      this.#jobs.delete(id);
      return;
    }
    const { seen, setAt } = job.state.trigger;
    const known = this.#jobs.get(id);
    if (known?.setAt === setAt.getTime()) {
      known.seenBefore = known.seen;
      known.seen = seen;
      return;
    }
    this.#jobs.set(id, {
      setAt: setAt.getTime(),
      queued: lookedAt.presentAt(seen),
      read: undefined,
      runId: undefined,
      seenThen: seen,
      seenBefore: seen,
      seen,
    });
    this.#toldOf(job.configuration.segment_id).clear();
  }

  /** A run was queued. */
  onStart(jobId: string, runId: string): void {
    const known = this.#jobs.get(jobId);
    const lookedAt = this.#lookedAtOf(this.#options.rows().jobs.get(jobId));
    if (!known || !lookedAt) return;
    known.queued = lookedAt.now;
    known.read = undefined;
    known.runId = runId;
    known.seenThen = known.seen;
  }

  /** A run begins to read its source. */
  onScan(runId: string): void {
    const { jobs, runs } = this.#options.rows();
    const jobId = runs.get(runId)?.job_id ?? '';
    const known = this.#jobs.get(jobId);
    if (known?.runId === runId) known.read = this.#lookedAtOf(jobs.get(jobId))?.now;
  }

  /** A job has fired. */
  onFired({ id, configuration }: StoredJob, times: number): void {
    const { seen = null, seenBefore = null } = this.#jobs.get(id) ?? {};
    if (times > 1 || seen === seenBefore) throw new ViolationError('trigger', `job ${id} has fired again for ${seen}`);
    const told = this.#toldOf(configuration.segment_id);
    if (seen === null || !told.has(seen))
      throw new ViolationError(
        'trigger',
        `job ${id} has fired for ${seen}, which no look has told since it fired last`,
      );
    told.clear();
  }

  /** The jobs that have not seen what is there, and look for it. */
  unseen(): Unseen[] {
    const { jobs, looks } = this.#options.rows();
    return [...jobs.values()].flatMap((job) => {
      const { id, state } = job;
      const lookedAt = this.#lookedAtOf(job);
      const isLooking = (state.status === 'sleeping' || state.status === 'runnable') && state.slot === null;
      if (!lookedAt || !isLooking || !lookedAt.isNewSince(lookedAt.presentAt(state.trigger?.seen ?? null))) return [];
      const next = looks.get(id)?.nextAt.getTime() ?? 0;
      return [{ id, from: next > this.#options.wall() + LATEST_LOOK_MS ? 0 : next }];
    });
  }

  /** Everything has come to rest. */
  checkEnd(): void {
    for (const [id, { queued, read = queued, seen, seenThen }] of this.#jobs) {
      const job = this.#options.rows().jobs.get(id);
      const lookedAt = this.#lookedAtOf(job);
      if (job?.state.status !== 'sleeping' || job.state.slot !== null || seen === seenThen) continue;
      if (lookedAt?.isNewSince(queued) && lookedAt.isNewSince(read))
        throw new ViolationError('trigger', `job ${id} has begun no run since its source has changed`);
    }
  }

  #lookedAtOf(job: StoredJob | undefined): Looked | undefined {
    const trigger = job && triggerOf(job.configuration);
    return trigger && looksAtSource(trigger) ? this.#options.lookedAtBy(job.configuration.segment_id) : undefined;
  }

  #toldOf(segment: string): Set<string> {
    const told = this.#told.get(segment) ?? new Set();
    this.#told.set(segment, told);
    return told;
  }
}
