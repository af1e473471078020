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
  /** What its last run has noted just before it read: null when it does not know, undefined when it has not looked. */
  marked: Present | null | undefined;
  /** What its last run has begun to read. */
  read: Present | undefined;
  runId: string | undefined;
  /** What it had seen when its last run was queued, before the last commit, and now. */
  seenThen: string | null;
  seenBefore: string | null;
  seen: string | null;
  /** Whether its runs had noted something else before the last commit, and now. */
  hadMarks: boolean;
  hasMarks: boolean;
}

/**
 * Whether its last run has read what is there no more, although no look has found news since. What changes between the
 * note of a run and its first read may be back before anybody looks.
 */
function hasReadOther({ marked, read, seen, seenThen }: Known, lookedAt: Looked): boolean {
  if (seen !== seenThen || marked === null || !read) return false;
  return lookedAt.isNewSince(marked ?? read) && lookedAt.isNewSince(read);
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
    const { seen, setAt, reads = [] } = job.state.trigger;
    const known = this.#jobs.get(id);
    if (known?.setAt === setAt.getTime()) {
      known.seenBefore = known.seen;
      known.seen = seen;
      known.hadMarks = known.hasMarks;
      known.hasMarks = reads.length > 0;
      return;
    }
    this.#jobs.set(id, {
      setAt: setAt.getTime(),
      queued: lookedAt.presentAt(seen),
      marked: undefined,
      read: undefined,
      runId: undefined,
      seenThen: seen,
      seenBefore: seen,
      seen,
      hadMarks: false,
      hasMarks: reads.length > 0,
    });
    this.#toldOf(job.configuration.segment_id).clear();
  }

  /** A run was queued. */
  onStart(jobId: string, runId: string): void {
    const known = this.#jobs.get(jobId);
    const lookedAt = this.#lookedAtOf(this.#options.rows().jobs.get(jobId));
    if (!known || !lookedAt) return;
    known.queued = lookedAt.now;
    known.marked = undefined;
    known.read = undefined;
    known.runId = runId;
    known.seenThen = known.seen;
  }

  /** A run has noted what it is going to read. */
  onMark(runId: string, marked: Present | null): void {
    const known = this.#jobs.get(this.#options.rows().runs.get(runId)?.job_id ?? '');
    if (known?.runId === runId) known.marked = marked;
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
    const { seen = null, seenBefore = null, hadMarks } = this.#jobs.get(id) ?? {};
    if (times > 1 || (seen === seenBefore && !hadMarks))
      throw new ViolationError('trigger', `job ${id} has fired again for ${seen}`);
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
      if (!lookedAt || !isLooking) return [];
      const known = this.#jobs.get(id);
      const isNews =
        lookedAt.isNewSince(lookedAt.presentAt(state.trigger?.seen ?? null)) ||
        (known && hasReadOther(known, lookedAt));
      if (!isNews) return [];
      const next = looks.get(id)?.nextAt.getTime() ?? 0;
      return [{ id, from: next > this.#options.wall() + LATEST_LOOK_MS ? 0 : next }];
    });
  }

  /** Everything has come to rest. */
  checkEnd(): void {
    for (const [id, known] of this.#jobs) {
      const job = this.#options.rows().jobs.get(id);
      const lookedAt = this.#lookedAtOf(job);
      if (!lookedAt || job?.state.status !== 'sleeping' || job.state.slot !== null) continue;
      if (hasReadOther(known, lookedAt))
        throw new ViolationError('trigger', `job ${id} keeps what its source has no more`);
      const { queued, read = queued, seen, seenThen } = known;
      if (seen !== seenThen && lookedAt.isNewSince(queued) && lookedAt.isNewSince(read))
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
