/** The jobs that other jobs wait for. */
import type { StoredJob } from '../../contracts/job-store.ts';
import type { JobView } from '../../contracts/jobs.ts';
import type { FieldError } from '../../domain/errors/errors.ts';
import type { JobConfiguration } from '../../domain/jobs/configuration.ts';
import { triggerOf } from '../../domain/schedule/trigger.ts';
import { fieldError, wrongValues } from '../../domain/text/localized.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Db, Tx } from '../../store/database/database.ts';
import { getJobs, lockTriggers } from '../../store/repositories/jobs.ts';

const PATH = 'configuration.trigger';

interface Asked {
  readonly configuration: JobConfiguration;
}

interface Options {
  /** The job that is edited; undefined for a new one. */
  readonly id?: string | undefined;
  /** Jobs that will be there before this one is saved. @default none */
  readonly planned?: readonly string[] | undefined;
}

/** What is wrong with the job that a job waits for: it is not there, or it waits for this one itself. */
export async function triggerProblems(db: Db, { configuration }: Asked, options: Options = {}): Promise<FieldError[]> {
  const { id, planned = [] } = options;
  const awaited = triggerOf(configuration)?.job_id;
  if (awaited === undefined || planned.includes(awaited)) return [];
  if (awaited === id) return [fieldError(PATH, sentence`A job cannot wait for itself. Choose another one.`)];
  const chain = await chainFrom(db, awaited);
  if (chain.length === 0) return [fieldError(PATH, GONE)];
  const circle = chain.find((job) => triggerOf(job.configuration)?.job_id === id);
  if (id === undefined || !circle) return [];
  return [
    fieldError(
      PATH,
      sentence`The job "${circle.name}" waits for this one, so neither of them would ever run. Choose another one.`,
    ),
  ];
}

const GONE = sentence`The job that this one waits for was deleted, so this one does not run by itself. Choose another one.`;

/** A job, the one that it waits for, and so on. Nothing when the first one is not there. */
async function chainFrom(db: Db, first: string): Promise<StoredJob[]> {
  const chain: StoredJob[] = [];
  let next: string | undefined = first;
  while (next !== undefined && chain.every(({ id }) => id !== next)) {
    const [job]: StoredJob[] = await getJobs(db, [next]);
    if (!job) break;
    chain.push(job);
    next = triggerOf(job.configuration)?.job_id;
  }
  return chain;
}

/** Checks again in the transaction that saves the job, where nobody else makes a circle. @throws {LineupError} */
export async function claimTrigger(tx: Tx, job: Asked, id?: string): Promise<void> {
  if (!triggerOf(job.configuration)) return;
  await lockTriggers(tx);
  const problems = await triggerProblems(tx, job, { id });
  if (problems.length > 0) throw wrongValues(problems);
}

type Triggered = Pick<JobView, 'trigger' | 'warnings'>;

/** What jobs wait for, and why some of them wait in vain. */
export async function triggersOf(db: Db, jobs: readonly StoredJob[]): Promise<(job: StoredJob) => Triggered> {
  const ids = jobs.flatMap(({ configuration }) => triggerOf(configuration)?.job_id ?? []);
  const present = new Map((await getJobs(db, [...new Set(ids)])).map((job) => [job.id, job]));
  return ({ configuration, state }) => {
    const trigger = triggerOf(configuration);
    if (!trigger) return { warnings: [] };
    const other = present.get(trigger.job_id);
    const why = whyInVain(other);
    return {
      trigger: {
        job: other ? { id: other.id, name: other.name } : null,
        fired_at: state.trigger?.firedAt?.toISOString() ?? null,
      },
      warnings: why ? [fieldError(PATH, why)] : [],
    };
  };
}

function whyInVain(other: StoredJob | undefined): Sentence | undefined {
  switch (other?.state.status) {
    case undefined:
      return GONE;
    case 'paused':
      return sentence`The job "${other!.name}", which this one waits for, is paused.`;
    case 'failed':
      return sentence`The job "${other!.name}", which this one waits for, has failed.`;
    case 'killed':
      return sentence`The job "${other!.name}", which this one waits for, is terminated. Choose another one.`;
    default:
      return undefined;
  }
}
