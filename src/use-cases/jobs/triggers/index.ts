/** What jobs wait for: whether they may, and what is told of it. Each kind has a file here. */
import type { StoredJob } from '../../../contracts/job-store.ts';
import type { JobView } from '../../../contracts/jobs.ts';
import type { FieldError } from '../../../domain/errors/errors.ts';
import type { JobConfiguration } from '../../../domain/jobs/configuration.ts';
import { triggerOf } from '../../../domain/schedule/triggers/index.ts';
import { wrongValues } from '../../../domain/text/localized.ts';
import type { Db, Tx } from '../../../store/database/database.ts';
import { lockTriggers } from '../../../store/repositories/trigger-jobs.ts';
import { looksOf } from '../../../store/repositories/trigger-looks.ts';
import { dropWebhookSecrets } from '../../../store/repositories/webhooks.ts';
import { afterJobProblems, awaitedJobs } from './after-job.ts';
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
): Promise<(job: StoredJob) => Pick<JobView, 'trigger' | 'warnings'>> {
  const afterJob = await awaitedJobs(db, jobs);
  const webhook = await awaitedWebhooks(db, jobs, now);
  const looks = await looksOf(
    db,
    jobs.filter(watchedBy).map(({ id }) => id),
  );
  return ({ id, configuration, state }) => {
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
    return { trigger: { ...view, fired_at: state.trigger?.firedAt?.toISOString() ?? null }, warnings };
  };
}
