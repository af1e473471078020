/**
 * Jobs: each is in a state that the table of `src/jobs/states.ts` has, its log says how it came there, and it makes at
 * most one audience. A run's end is announced once. What comes back by itself ends no schedule.
 */
import type { StoredJob } from '../../src/contracts/job-store.ts';
import { comesBack } from '../../src/domain/errors/source-errors.ts';
import { scheduleOf } from '../../src/domain/schedule/schedule.ts';
import type { SeenTransition } from '../world/storage.ts';
import { ViolationError } from './violation.ts';

/** From, action, to: what the table allows. `*` stands for any status. */
const table: readonly string[] = [
  'null create runnable',
  'sleeping wake runnable',
  'runnable run_succeeded sleeping',
  'runnable run_succeeded completed',
  'runnable run_failed sleeping',
  'runnable run_failed failed',
  'runnable run_interrupted runnable',
  'runnable run_outdated runnable',
  'runnable stop_run sleeping',
  'runnable stop_run paused',
  'runnable pause paused',
  'sleeping pause paused',
  'paused resume runnable',
  'failed resume runnable',
  'paused resume sleeping',
  'sleeping run_now runnable',
  'completed run_now runnable',
  'failed run_now runnable',
  'sleeping continue runnable',
  'paused continue runnable',
  'completed continue runnable',
  'failed continue runnable',
  'sleeping run_anyway runnable',
  'failed run_anyway runnable',
  'sleeping restart runnable',
  'paused restart runnable',
  'completed restart runnable',
  'failed restart runnable',
  'sleeping edit completed',
  'sleeping edit failed',
  'completed edit sleeping',
  'runnable trigger runnable',
  'sleeping trigger sleeping',
  'paused trigger paused',
  'failed trigger failed',
  'runnable terminate killed',
  'sleeping terminate killed',
  'paused terminate killed',
  'completed terminate killed',
  'failed terminate killed',
];

/** Entries of the log that change no status. */
const REMARKS: readonly string[] = [
  'incomplete',
  'late',
  'renewed',
  'alert_raised',
  'alert_cleared',
  'part_added',
  'part_returned',
  'part_vanished',
];

export const transitionsOfTable: readonly string[] = table;

export class JobInvariants {
  /** The transitions that were crossed, as lines of the table. */
  readonly crossed = new Set<string>();
  readonly #seen = new Map<string, number>();

  /** A job was saved, with its log. */
  check(job: StoredJob, log: readonly SeenTransition[]): void {
    const last = log.findLast(({ action }) => !REMARKS.includes(action));
    if (last?.to !== job.state.status) {
      throw new ViolationError(
        'job_state',
        `job ${job.id} is ${job.state.status}, and its log ends with ${last?.to ?? 'nothing'}`,
      );
    }
    for (const { from, action, to } of log.slice(this.#seen.get(job.id) ?? 0)) {
      if (REMARKS.includes(action)) continue;
      // The end of a run whose job does not wait for it any more changes nothing.
      if (action.startsWith('run_') && from === to && from !== 'runnable') continue;
      const line = `${from} ${action} ${to}`;
      if (!table.includes(line))
        throw new ViolationError('job_state', `job ${job.id} went ${line}, which no rule allows`);
      this.crossed.add(line);
      const { error } = job.state;
      if (line === 'runnable run_failed failed' && error && comesBack(error.code) && scheduleOf(job.configuration))
        throw new ViolationError('schedule', `${error.code} has ended the schedule of job ${job.id}`);
    }
    this.#seen.set(job.id, log.length);
  }
}
