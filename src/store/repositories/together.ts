/**
 * A transaction with many jobs that takes as many statements as one with a single job. What is read of each job is read
 * of all before, and what is written is written for all at the end.
 */
import type { JobTransaction, RunMessage, StoredRun } from '../../contracts/job-store.ts';
import type { Tx } from '../database/database.ts';
import { incompleteOf } from './incomplete-runs.ts';
import { recordTransitions } from './job-transitions.ts';
import { lockJobs, saveStates } from './jobs.ts';
import { notFound } from './repository-errors.ts';
import { lastRunsOf } from './run-list.ts';
import { queueRuns } from './runs.ts';

export interface Together {
  readonly tx: Tx;
  /** The same transaction, with a statement for each job. */
  readonly single: JobTransaction;
  readonly jobIds: readonly string[];
  readonly enqueue: (messages: readonly RunMessage[]) => Promise<void>;
}

export async function together<T>(given: Together, work: (tx: JobTransaction) => Promise<T>): Promise<T> {
  const written = new Written();
  const result = await work({ ...given.single, ...(await readTogether(given)), ...written.operations });
  await written.write(given);
  return result;
}

async function readTogether({ tx, single, jobIds }: Together) {
  const wanted = new Set(jobIds);
  const jobs = await lockJobs(tx, jobIds);
  // Read after the jobs are locked, as what changes their runs locks them first.
  const lastRuns: ReadonlyMap<string, StoredRun> = await lastRunsOf(tx, jobIds);
  const parts = once(() => incompleteOf(tx, jobIds));
  const revisions = new Map<string | null, Promise<number | null>>();
  return {
    lockJob: async (id) => {
      if (!wanted.has(id)) return single.lockJob(id);
      const job = jobs.get(id);
      if (!job) throw notFound('job', id);
      return job;
    },
    lastRun: async (id) => (wanted.has(id) ? lastRuns.get(id) : single.lastRun(id)),
    incompleteOf: async (ids) => {
      if (!ids.every((id) => wanted.has(id))) return single.incompleteOf(ids);
      return new Map([...(await parts())].filter(([id]) => ids.includes(id)));
    },
    sourceRevision: (id) => {
      const revision = revisions.get(id) ?? single.sourceRevision(id);
      revisions.set(id, revision);
      return revision;
    },
  } satisfies Partial<JobTransaction>;
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}

type Given<Name extends 'saveState' | 'queueRun' | 'recordTransition'> = Parameters<JobTransaction[Name]>;

class Written {
  readonly #states: Given<'saveState'>[] = [];
  readonly #runs: Given<'queueRun'>[] = [];
  readonly #transitions: Given<'recordTransition'>[] = [];
  readonly #messages: RunMessage[] = [];

  readonly operations = {
    saveState: async (...given) => void this.#states.push(given),
    queueRun: async (...given) => void this.#runs.push(given),
    recordTransition: async (...given) => void this.#transitions.push(given),
    enqueue: async (message) => void this.#messages.push(message),
  } satisfies Partial<JobTransaction>;

  async write({ tx, enqueue }: Together): Promise<void> {
    await saveStates(tx, this.#states);
    await queueRuns(tx, this.#runs);
    await enqueue(this.#messages);
    await recordTransitions(tx, this.#transitions);
  }
}
