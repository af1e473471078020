/** Jobs of a file that wait for other jobs, which they name: `after_job`, in place of an id in the trigger. */
import type { JobView } from '../contracts/jobs.ts';
import { whyAwaited } from '../domain/schedule/triggers/after-job.ts';
import type { Trigger } from '../domain/schedule/triggers/index.ts';
import { localized } from '../domain/text/sentence.ts';
import type { Problem } from './changes.ts';

/** A job of the file. */
interface Waiting {
  readonly name: string;
  readonly after_job?: string | undefined;
}

/** In place of the id of a job that the file names. */
const NAMED = 'named';

export const WITHOUT_JOB_ID =
  'The file names jobs by their names: write after_job beside configuration, and no job_id.';

/** A configuration that may wait for a job that the file names; undefined when it has the id of the job. */
export function withNamedJob(configuration: unknown): unknown {
  const { trigger } = (configuration ?? {}) as { trigger?: unknown };
  if (typeof trigger !== 'object' || trigger === null || !isAfterJob(trigger)) return configuration;
  if ('job_id' in trigger) return undefined;
  return { ...(configuration as object), trigger: { ...trigger, job_id: NAMED } };
}

const isAfterJob = (trigger: { readonly kind?: unknown }): boolean => trigger.kind === 'after_job';

/** What is wrong when only one of the two says that the job waits for another one. */
export function unnamedJob(afterJob: string | undefined, trigger: Trigger | undefined): string | undefined {
  const waits = trigger !== undefined && isAfterJob(trigger);
  if (waits === (afterJob !== undefined)) return undefined;
  return waits
    ? 'Name the job that it waits for: write after_job beside configuration.'
    : 'Only a job with run_frequency: when_ready and a trigger of the kind after_job waits for another one.';
}

/** The trigger of a job in the service, as in a file. */
export const withoutJobId = (trigger: Trigger): Trigger =>
  trigger.kind === 'after_job' ? { ...trigger, job_id: NAMED } : trigger;

/** The trigger of a job in the file, as the service takes it. */
export const withJobId = (trigger: Trigger, id: string): Trigger =>
  trigger.kind === 'after_job' ? { ...trigger, job_id: id } : trigger;

/** The name of the job that a job of the service waits for. Null when it was deleted; undefined for other jobs. */
export const awaitedBy = ({ configuration, trigger }: JobView): string | null | undefined =>
  configuration.trigger?.kind === 'after_job' ? (trigger?.job?.name ?? null) : undefined;

/** Names of jobs that neither the file nor the service has, or that wait for each other. */
export function afterJobProblems(jobs: readonly Waiting[], running: readonly JobView[]): Problem[] {
  const names = [...running, ...jobs].map(({ name }) => name);
  return jobs.flatMap(({ name, after_job }, index) => {
    if (after_job === undefined) return [];
    const path = ['jobs', index, 'after_job'];
    if (!names.includes(after_job)) {
      const message = `The job "${after_job}" is neither in the file nor in the service. Add it to the file, or correct its name.`;
      return [{ path, message }];
    }
    if (running.filter((job) => job.name === after_job).length > 1) {
      const message = `The service has several with the name "${after_job}". Rename all of them except one first.`;
      return [{ path, message }];
    }
    if (!waitsFor(jobs, after_job, name)) return [];
    const message = `"${name}" and "${after_job}" wait for each other, so neither would ever run. Remove one of the two.`;
    return [{ path, message }];
  });
}

/** Jobs that are to be deleted although a job of the file waits for them. @param pruned their names */
export function prunedProblems(jobs: readonly Waiting[], pruned: readonly string[]): Problem[] {
  return pruned.flatMap((name) => {
    const waiting = jobs.flatMap((job, index) => (job.after_job === name ? [{ ...job, index }] : []));
    const why = whyAwaited(
      name,
      waiting.map((job) => job.name),
    );
    if (!why) return [];
    const message = `${localized(why).message} Or add "${name}" to the file, because --prune deletes the jobs that it does not have.`;
    return [{ path: ['jobs', waiting[0]!.index, 'after_job'], message }];
  });
}

/** Jobs of the service so that each comes before the one that it waits for, as they can be deleted. */
export function waitingFirst(jobs: readonly JobView[]): JobView[] {
  const waiting = jobs.map((job) => ({ job, name: job.id, after_job: awaitedIdOf(job) }));
  return awaitedFirst(waiting)
    .map(({ job }) => job)
    .reverse();
}

/** The id of the job that a job of the service waits for. */
export const awaitedIdOf = ({ configuration: { trigger } }: JobView): string | undefined =>
  trigger?.kind === 'after_job' ? trigger.job_id : undefined;

/** Whether a job waits for another one, perhaps through further ones. */
function waitsFor(jobs: readonly Waiting[], name: string, other: string): boolean {
  const seen = new Set<string>();
  let next: string | undefined = name;
  while (next !== undefined && !seen.has(next)) {
    if (next === other) return true;
    seen.add(next);
    const at: string = next;
    next = jobs.find((job) => job.name === at)?.after_job;
  }
  return false;
}

/** The jobs of a file so that each comes after the one that it waits for, and else in their order. */
export function awaitedFirst<Job extends Waiting>(jobs: readonly Job[]): Job[] {
  const ordered = new Set<Job>();
  const add = (job: Job): void => {
    const awaited = jobs.find(({ name }) => name === job.after_job);
    if (awaited && !ordered.has(awaited) && awaited !== job) add(awaited);
    ordered.add(job);
  };
  for (const job of jobs) add(job);
  return [...ordered];
}
