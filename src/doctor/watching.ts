/** Checks the jobs that look at their sources, and those that wait for a webhook. */
import { sql } from 'kysely';
import type { LookResult } from '../domain/schedule/triggers/looks.ts';
import type { Db } from '../store/database/database.ts';
import { type Finding, few, ok, warning } from './finding.ts';

const LOOKS = 'Looks at sources';
const WEBHOOKS = 'Webhooks for jobs';

const HOUR = 3_600_000;
/** What was set up today may not have come yet. */
const SOME_TIME = 24 * HOUR;
/** Looks are at most about an hour apart. */
const OVERDUE = 2 * HOUR;
/** More are not looked at, as the answer would be long. */
const MAX = 1_000;

/** A job that waits for its data. Names, addresses and reasons are left out: they may be those of a customer. */
export interface WatchingJob {
  readonly jobId: string;
  readonly kind: 'object' | 'table' | 'webhook';
  /** Whether it can be looked at now: it is not stopped, and no run is to begin anyway. */
  readonly isLookedAt: boolean;
  readonly setAt: Date;
  readonly firedAt: Date | null;
  /** Those of looks are null before the first one. */
  readonly failingSince: Date | null;
  readonly failures: number;
  readonly found: LookResult | null;
  readonly nextAt: Date | null;
  /** Of a webhook: when its secret was made; null without one. */
  readonly secretMadeAt: Date | null;
}

export async function watchingJobs(db: Db): Promise<WatchingJob[]> {
  const { rows } = await sql<WatchingJob>`
    select job.id as "jobId", job.configuration->'trigger'->>'kind' as kind,
      job.status in ('sleeping', 'runnable') and job.slot is null as "isLookedAt",
      coalesce((job.trigger_state->>'setAt')::timestamptz, job.updated_at) as "setAt",
      (job.trigger_state->>'firedAt')::timestamptz as "firedAt",
      look.failing_since as "failingSince", coalesce(look.failures, 0) as failures, look.found,
      look.next_at as "nextAt",
      (select max(made_at) from lineup.webhook_secrets as secret where secret.job_id = job.id) as "secretMadeAt"
    from lineup.jobs as job left join lineup.trigger_looks as look on look.job_id = job.id
    where job.configuration->'trigger'->>'kind' in ('object', 'table', 'webhook')
      and job.configuration->>'run_frequency' = 'when_ready' and job.configuration->>'continuous_update' = 'true'
      and job.status <> 'killed'
    order by job.id limit ${MAX}`.execute(db);
  return rows;
}

/** None where no job looks at its source or waits for a webhook. */
export function watchingFindings(jobs: readonly WatchingJob[] = [], now: Date): Finding[] {
  const webhooks = jobs.filter(({ kind }) => kind === 'webhook');
  const looks = jobs.filter(({ kind }) => kind !== 'webhook');
  return [
    ...findingsOf(looks, (job) => lookFinding(job, now), ok(LOOKS, 'All of them are made, and get an answer.')),
    ...findingsOf(webhooks, (job) => webhookFinding(job, now), ok(WEBHOOKS, 'Each job that waits for one can get it.')),
  ];
}

function findingsOf(jobs: readonly WatchingJob[], look: (job: WatchingJob) => Finding | undefined, fine: Finding) {
  const found = jobs.flatMap((job) => look(job) ?? []);
  return jobs.length === 0 || found.length > 0 ? few(found) : [fine];
}

function lookFinding(job: WatchingJob, now: Date): Finding | undefined {
  const { jobId, isLookedAt, failingSince, failures, found, nextAt, setAt, firedAt } = job;
  if (failingSince) {
    const tries = failures === 1 ? 'once' : `${failures} times`;
    return warning(
      LOOKS,
      `${jobId}: Lineup could not look at its source, ${tries} in ${lasting(failingSince, now)}. It goes on trying.`,
      `See why, and correct it: lineup jobs show ${jobId}`,
    );
  }
  if (isLookedAt && isOlder(nextAt ?? setAt, OVERDUE, now)) {
    return warning(
      LOOKS,
      `${jobId}: a look at its source is due for ${lasting(nextAt ?? setAt, now)}, and no process makes it.`,
      'Start a process that works on jobs: lineup serve, or lineup serve --role worker.',
    );
  }
  if (found === 'nothing' && isOlder(firedAt ?? setAt, SOME_TIME, now)) {
    return warning(
      LOOKS,
      `${jobId}: nothing is there of what it waits for, and nothing has come for ${lasting(firedAt ?? setAt, now)}.`,
      `Compare what it waits for with the source: lineup jobs show ${jobId}`,
    );
  }
  return undefined;
}

function webhookFinding({ jobId, secretMadeAt, firedAt }: WatchingJob, now: Date): Finding | undefined {
  if (secretMadeAt === null) {
    return warning(
      WEBHOOKS,
      `${jobId} has no signing secret, so nobody can send it a webhook.`,
      `Make one: lineup jobs webhook-secret ${jobId}`,
    );
  }
  if (firedAt === null && isOlder(secretMadeAt, SOME_TIME, now)) {
    return warning(
      WEBHOOKS,
      `${jobId}: no webhook has come since its secret was made, ${lasting(secretMadeAt, now)} ago.`,
      'Look at the log of the program that is to send it, as docs/webhook-triggers.md says.',
    );
  }
  return undefined;
}

const isOlder = (moment: Date, ms: number, now: Date): boolean => now.getTime() - moment.getTime() > ms;

function lasting(since: Date, now: Date): string {
  const hours = Math.max(0, Math.round((now.getTime() - since.getTime()) / HOUR));
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  return hours === 1 ? '1 hour' : hours === 0 ? 'less than an hour' : `${hours} hours`;
}
