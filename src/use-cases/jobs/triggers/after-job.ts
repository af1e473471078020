/** Jobs that wait for the success of another one. */
import type { StoredJob } from '../../../contracts/job-store.ts';
import type { JobView } from '../../../contracts/jobs.ts';
import type { FieldError } from '../../../domain/errors/errors.ts';
import {
  type AfterJob,
  type StandingStill,
  standsStill,
  whyAwaited,
} from '../../../domain/schedule/triggers/after-job.ts';
import { afterJobOf } from '../../../domain/schedule/triggers/index.ts';
import { fieldError } from '../../../domain/text/localized.ts';
import { localized, type Sentence, sentence } from '../../../domain/text/sentence.ts';
import type { Db } from '../../../store/database/database.ts';
import { getJobs } from '../../../store/repositories/jobs.ts';
import { waitingFor } from '../../../store/repositories/trigger-jobs.ts';
import type { PlannedWaits, Triggered, TriggerOptions } from './kind.ts';

const PATH = 'configuration.trigger.job_id';

/** The other job is not there, or it waits for this one itself. */
export async function afterJobProblems(
  db: Db,
  { job_id: awaited }: AfterJob,
  { id, planned = [], waits = new Map() }: TriggerOptions,
): Promise<FieldError[]> {
  if (planned.includes(awaited)) return [];
  if (awaited === id) return [fieldError(PATH, sentence`A job cannot wait for itself. Choose another one.`)];
  const chain = await chainFrom(db, awaited, waits);
  if (chain.length === 0) return [fieldError(PATH, GONE)];
  const circle = chain.find((job) => awaitedBy(job, waits) === id);
  if (id === undefined || !circle) return [];
  return [
    fieldError(
      PATH,
      sentence`The job "${circle.name}" waits for this one, so neither of them would ever run. Choose another one.`,
    ),
  ];
}

const GONE = sentence`The job that this one waits for was deleted, so this one does not run by itself. Choose another one.`;

/** The job that another one waits for, after the plan. */
const awaitedBy = ({ id, configuration }: StoredJob, waits: PlannedWaits): string | undefined =>
  waits.has(id) ? (waits.get(id) ?? undefined) : afterJobOf(configuration)?.job_id;

/** A job, the one that it waits for, and so on. Nothing when the first one is not there. */
async function chainFrom(db: Db, first: string, waits: PlannedWaits): Promise<StoredJob[]> {
  const chain: StoredJob[] = [];
  let next: string | undefined = first;
  while (next !== undefined && chain.every(({ id }) => id !== next)) {
    const [job]: StoredJob[] = await getJobs(db, [next]);
    if (!job) break;
    chain.push(job);
    next = awaitedBy(job, waits);
  }
  return chain;
}

/** The jobs that others wait for, by their ids. */
export async function awaitedBetween(db: Db, jobs: readonly StoredJob[]): Promise<ReadonlyMap<string, StoredJob>> {
  const ids = jobs.flatMap(({ configuration }) => afterJobOf(configuration)?.job_id ?? []);
  return new Map((await getJobs(db, [...new Set(ids)])).map((job) => [job.id, job]));
}

/** What is told of the jobs that others wait for. */
export function awaitedJobs(present: ReadonlyMap<string, StoredJob>): (trigger: AfterJob) => Triggered {
  return ({ job_id }) => {
    const other = present.get(job_id);
    const why = whyInVain(other);
    return {
      view: { job: other ? { id: other.id, name: other.name } : null },
      warnings: why ? [fieldError(PATH, why)] : [],
    };
  };
}

const inVain: Readonly<Record<StandingStill, (name: string) => Sentence>> = {
  paused: (name) => sentence`The job "${name}", which this one waits for, is paused.`,
  failed: (name) => sentence`The job "${name}", which this one waits for, has failed.`,
  killed: (name) => sentence`The job "${name}", which this one waits for, is terminated. Choose another one.`,
};

function whyInVain(other: StoredJob | undefined): Sentence | undefined {
  if (!other) return GONE;
  const { status } = other.state;
  return standsStill(status) ? inVain[status](other.name) : undefined;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Why these jobs cannot be deleted: others wait for one of them. @param waits what a plan changes before */
export async function whyJobsAwaited(
  db: Db,
  jobs: readonly Named[],
  waits: PlannedWaits = new Map(),
): Promise<Sentence | undefined> {
  const ids = jobs.map(({ id }) => id);
  const waiting = await waitingFor(db, ids);
  const left = waiting
    .map((job) => ({ ...job, awaited: waits.has(job.id) ? waits.get(job.id) : job.awaited }))
    .filter(({ id }) => !ids.includes(id));
  for (const { id, name } of jobs) {
    const why = whyAwaited(
      name,
      left.filter(({ awaited }) => awaited === id).map((job) => job.name),
    );
    if (why) return why;
  }
  return undefined;
}

/** How many of those that wait for a job are named. */
const NAMED = 20;

/** Those that wait for each of these jobs, as the API tells them. */
export async function waitersOf(db: Db, jobs: readonly Named[]): Promise<(job: Named) => Pick<JobView, 'awaited_by'>> {
  const ids = jobs.map(({ id }) => id);
  const all = Map.groupBy(await waitingFor(db, ids), ({ awaited }) => awaited);
  return ({ id, name }) => {
    const waiting = all.get(id);
    if (!waiting) return {};
    const why = whyAwaited(
      name,
      waiting.map((job) => job.name),
    )!;
    const named = waiting.slice(0, NAMED).map((job) => ({ id: job.id, name: job.name }));
    return { awaited_by: { count: waiting.length, jobs: named, ...localized(why) } };
  };
}
