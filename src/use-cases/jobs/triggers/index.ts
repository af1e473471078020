/** What jobs wait for: whether they may, and what is told of it. Each kind has a file here. */
import type { StoredJob } from '../../../contracts/job-store.ts';
import type { JobView } from '../../../contracts/jobs.ts';
import type { FieldError } from '../../../domain/errors/errors.ts';
import type { JobConfiguration } from '../../../domain/jobs/configuration.ts';
import { triggerOf } from '../../../domain/schedule/triggers/index.ts';
import { whenReady } from '../../../domain/schedule/triggers/words.ts';
import { wrongValues } from '../../../domain/text/localized.ts';
import { localized } from '../../../domain/text/sentence.ts';
import type { Db, Tx } from '../../../store/database/database.ts';
import { lockTriggers } from '../../../store/repositories/trigger-jobs.ts';
import { looksOf } from '../../../store/repositories/trigger-looks.ts';
import { dropWebhookSecrets } from '../../../store/repositories/webhooks.ts';
import { afterJobProblems, awaitedBetween, awaitedJobs } from './after-job.ts';
import type { Triggered, TriggerOptions } from './kind.ts';
import { describeLook, watchedBy } from './source.ts';
import { awaitedWebhooks } from './webhook.ts';

interface Asked {
  readonly configuration: JobConfiguration;
}

/** What is wrong with the trigger of a job. */
export async function triggerProblems(db: Db, job: Asked, options: TriggerOptions = {}): Promise<FieldError[]> {
  const trigger = triggerOf(job.configuration);
  switch (trigger?.kind) {
    case 'after_job':
      return afterJobProblems(db, trigger, options);
    // The look tells (source.ts).
    case 'object':
    case 'table':
      return [];
    case 'webhook':
    case undefined:
      return [];
  }
}

/** Checks again in the transaction that saves the job, where nobody else makes a circle. @throws {LineupError} */
export async function claimTrigger(tx: Tx, job: Asked, id?: string): Promise<void> {
  if (id !== undefined && triggerOf(job.configuration)?.kind !== 'webhook') await dropWebhookSecrets(tx, id);
  if (!triggerOf(job.configuration)) return;
  await lockTriggers(tx);
  const problems = await triggerProblems(tx, job, { id });
  if (problems.length > 0) throw wrongValues(problems);
}

/** What jobs wait for, and why some of them wait in vain. */
export async function triggersOf(
  db: Db,
  jobs: readonly StoredJob[],
  now: Date,
): Promise<(job: StoredJob) => Pick<JobView, 'trigger' | 'runs_when' | 'warnings'>> {
  const awaited = await awaitedBetween(db, jobs);
  const afterJob = awaitedJobs(awaited);
  const webhook = await awaitedWebhooks(db, jobs, now);
  const looks = await looksOf(
    db,
    jobs.filter(watchedBy).map(({ id }) => id),
  );
  return (job) => {
    const { id, configuration, state } = job;
    const trigger = triggerOf(configuration);
    if (!trigger) return { warnings: [] };
    const { view, warnings } = ((): Triggered => {
      switch (trigger.kind) {
        case 'after_job':
          return afterJob(trigger);
        case 'object':
        case 'table':
          return describeLook(looks.get(id), state);
        case 'webhook':
          return webhook(id);
      }
    })();
    const fired_at = state.trigger?.firedAt?.toISOString() ?? null;
    return { trigger: { ...view, fired_at }, ...runsWhen(job, awaited), warnings };
  };
}

/** The same of jobs as lines of a list. */
export async function jobsRunWhen(
  db: Db,
  jobs: readonly StoredJob[],
): Promise<(job: StoredJob) => Pick<JobView, 'runs_when'>> {
  const awaited = await awaitedBetween(db, jobs);
  return (job) => runsWhen(job, awaited);
}

/** What starts the next run of a job that waits for its data; nothing for one that would wait in vain. */
function runsWhen(
  { configuration, state }: StoredJob,
  awaited: ReadonlyMap<string, StoredJob>,
): Pick<JobView, 'runs_when'> {
  const trigger = triggerOf(configuration);
  if (!trigger || state.status !== 'sleeping' || state.sleepUntil !== null) return {};
  const other = trigger.kind === 'after_job' ? awaited.get(trigger.job_id) : undefined;
  const when = whenReady(trigger, {
    awaited: other?.state.status === 'killed' ? undefined : other?.name,
    timezone: configuration.timezone,
  });
  return when ? { runs_when: localized(when) } : {};
}
