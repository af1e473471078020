/** Jobs of a file that wait for other jobs, which they name. */
import type { JobView } from '../contracts/jobs.ts';
import type { Problem } from './changes.ts';
import type { ConfigurationFile, FileJob } from './file.ts';

/** Names of jobs that neither the file nor the service has, or that wait for each other. */
export function triggerProblems(file: ConfigurationFile, running: readonly JobView[]): Problem[] {
  const names = [...running, ...file.jobs].map(({ name }) => name);
  return file.jobs.flatMap(({ name, after_job }, index) => {
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
    if (!waitsFor(file.jobs, after_job, name)) return [];
    const message = `"${name}" and "${after_job}" wait for each other, so neither would ever run. Remove one of the two.`;
    return [{ path, message }];
  });
}

/** Whether a job waits for another one, perhaps through further ones. */
function waitsFor(jobs: readonly FileJob[], name: string, other: string): boolean {
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
export function awaitedFirst(jobs: readonly FileJob[]): FileJob[] {
  const ordered = new Set<FileJob>();
  const add = (job: FileJob): void => {
    const awaited = jobs.find(({ name }) => name === job.after_job);
    if (awaited && !ordered.has(awaited) && awaited !== job) add(awaited);
    ordered.add(job);
  };
  for (const job of jobs) add(job);
  return [...ordered];
}
