/**
 * Triggers: whatever a job waits for makes a run of it, and only one. A job that has seen a success says so once, and
 * in the end no success is unseen, and a run has begun for each that was seen.
 */
import type { StoredJob } from '../../src/contracts/job-store.ts';
import { triggerOf } from '../../src/domain/schedule/trigger.ts';
import type { SeenRows, SeenTransition } from '../world/storage.ts';
import { ViolationError } from './violation.ts';

/** Actions that start a run, which serves what was seen before. */
const STARTS = ['wake', 'run_now', 'run_anyway', 'resume', 'restart', 'run_outdated'];

export class Triggers {
  readonly #rows: () => SeenRows;
  /** How many entries of the log of each job are known, and what its trigger had seen last. */
  readonly #known = new Map<string, { entries: number; seen: string | null }>();

  constructor(rows: () => SeenRows) {
    this.#rows = rows;
  }

  /** A job was saved, with its log. */
  check(job: StoredJob, log: readonly SeenTransition[]): void {
    const { entries = 0, seen = null } = this.#known.get(job.id) ?? {};
    const fresh = log.slice(entries);
    const now = job.state.trigger?.seen ?? null;
    this.#known.set(job.id, { entries: log.length, seen: now });
    const fired = fresh.filter(({ action }) => action === 'trigger').length;
    if (fired === 0) return;
    if (fired > 1 || now === null || (seen !== null && now <= seen))
      throw new ViolationError('trigger', `the trigger of job ${job.id} has fired again for ${now}, after ${seen}`);
    if (job.state.slot === null)
      throw new ViolationError('trigger', `the trigger of job ${job.id} has fired, and no run is to begin`);
  }

  /** The jobs whose other job has succeeded, which they have not seen. */
  unseen(): string[] {
    const { jobs, runs } = this.#rows();
    return [...jobs.values()].flatMap(({ id, configuration, state }) => {
      const trigger = triggerOf(configuration);
      // A job that was deleted takes its successes along.
      if (!trigger || state.status === 'killed' || !jobs.has(trigger.job_id)) return [];
      const times = [...runs.values()]
        .filter(({ job_id, status }) => job_id === trigger.job_id && status === 'succeeded')
        .map((run) => run.queued_at.toISOString());
      return times.some((at) => at > (state.trigger?.seen ?? '')) ? [id] : [];
    });
  }

  /** Everything has come to rest. */
  checkEnd(): void {
    const [unseen] = this.unseen();
    if (unseen) throw new ViolationError('trigger', `job ${unseen} has not seen that the other one has succeeded`);
    const { jobs, transitions } = this.#rows();
    for (const { id, state } of jobs.values()) {
      const log = transitions.get(id) ?? [];
      const last = log.findLastIndex(({ action }) => action === 'trigger');
      if (last < 0 || state.trigger === undefined || state.slot !== null || state.status === 'killed') continue;
      if (!log.slice(last).some(({ action }) => STARTS.includes(action)))
        throw new ViolationError('trigger', `the trigger of job ${id} has fired, and no run has begun`);
    }
  }
}
