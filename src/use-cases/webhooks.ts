/** Use cases of signed webhooks (Standard Webhooks), which let a job run when its data is ready. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { StoredJob } from '../contracts/job-store.ts';
import type { Webhooks } from '../contracts/use-cases.ts';
import type { WebhookHeaders } from '../contracts/webhooks.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { type Actor, webhookSender } from '../domain/people/people.ts';
import { triggerOf } from '../domain/schedule/triggers/index.ts';
import { localized, moment, type Sentence, sentence } from '../domain/text/sentence.ts';
import { Secret } from '../domain/values/secret.ts';
import { within } from '../jobs/context.ts';
import { takeWebhook } from '../jobs/triggers/webhook.ts';
import { type Tx, transaction } from '../store/database/database.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import { lockJob } from '../store/repositories/jobs.ts';
import {
  addWebhookSecret,
  hasManyWebhooks,
  isRemembered,
  revealWebhookSecrets,
  webhookSecretTimes,
} from '../store/repositories/webhooks.ts';
import { randomText } from '../store/secrets/unguessable.ts';
import { auditEntries } from './audit-log.ts';
import type { UseCaseDeps } from './deps.ts';

/** As Standard Webhooks recommends. An attacker cannot use an old webhook again after it. */
const TOLERANCE_MS = 5 * 60_000;
/** New webhooks of one job in a minute. */
const MAX_A_MINUTE = 60;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const PREFIX = 'whsec_';

/** For a job that has no secret, so that its answer takes as long as one with a wrong signature. */
const NOBODYS = new Secret(newSecret());

const audit = auditEntries('job');

export function webhookUseCases(deps: Pick<UseCaseDeps, 'db' | 'box' | 'now' | 'jobs'>): Webhooks {
  const { db, box, now, jobs } = deps;
  return {
    take: async (jobId, headers, body, requestId) => {
      assertRecent(headers, now());
      const secrets = await revealWebhookSecrets(db, box, jobId, now());
      // As many as a job can have, so that the time of a refusal does not tell how many this one has.
      const tried = [...secrets, NOBODYS, NOBODYS].slice(0, Math.max(2, secrets.length));
      if (!tried.map((secret) => isSignedWith(secret, headers, body)).includes(true)) throw refused();
      const id = headers['webhook-id'];
      const actor: Actor = { ...webhookSender, requestId };
      return transaction(db, async (tx) => {
        await lockJob(tx, jobId);
        await assertNotTooMany(tx, jobId, id, now());
        const context = within(jobs, jobs.store.within(tx), actor);
        const { job, isRepeated } = await takeWebhook(context, jobId, id);
        if (!isRepeated) {
          await recordAudit(tx, actor, audit('trigger', jobId, { name: job.name, webhook: id }), now());
        }
        return {
          repeated: isRepeated,
          job_status: job.state.status,
          run_at: job.state.slot?.toISOString() ?? null,
          ...localized(whatFollows(job, isRepeated)),
        };
      });
    },
    makeSecret: (jobId, { rotate, old_valid_hours }, actor) =>
      transaction(db, async (tx) => {
        const job = await lockJob(tx, jobId);
        if (triggerOf(job.configuration)?.kind !== 'webhook') {
          throw new LineupError(
            'action_not_allowed',
            sentence`This job does not wait for a webhook. Let it run when its data is ready, and choose a signed webhook.`,
          );
        }
        const before = (await webhookSecretTimes(tx, [jobId], now())).get(jobId);
        if (before && !rotate) {
          throw new LineupError(
            'action_not_allowed',
            sentence`This job has a signing secret, which is never shown again. Make another one in its place.`,
          );
        }
        const secret = new Secret(newSecret());
        const beforeUntil = before && old_valid_hours > 0 ? new Date(now().getTime() + old_valid_hours * HOUR) : null;
        await addWebhookSecret(tx, box, { jobId, secret, beforeUntil, now: now() });
        const detail = { name: job.name, ...(before && { old_valid_hours }) };
        await recordAudit(tx, actor, audit('make_webhook_secret', jobId, detail), now());
        return { secret: secret.reveal(), old_valid_until: beforeUntil?.toISOString() ?? null };
      }),
  };
}

/** In the form of Standard Webhooks. */
function newSecret(): string {
  return `${PREFIX}${randomText('base64')}`;
}

/** It says nothing of the job, so it may be exact. */
function assertRecent({ 'webhook-timestamp': seconds }: WebhookHeaders, now: Date): void {
  if (Math.abs(now.getTime() - Number(seconds) * 1_000) <= TOLERANCE_MS) return;
  throw new LineupError(
    'not_permitted',
    sentence`The time of this webhook differs from that of the service by more than 5 minutes. Correct the clock of the sender, and give each attempt its own time.`,
  );
}

/** The same for an unknown job and for a wrong signature. */
const refused = (): LineupError =>
  new LineupError(
    'not_permitted',
    sentence`No job takes this webhook: the address, the signature or the secret is wrong. Check them at the sender.`,
  );

/** The library would read the bytes of the body as UTF-8 before it signs them, and a compressed body is none. */
function isSignedWith(secret: Secret, headers: WebhookHeaders, body: Buffer): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures } = headers;
  const key = Buffer.from(secret.reveal().slice(PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest('base64');
  const expected = Buffer.from(`v1,${signature}`);
  return signatures
    .split(' ')
    .map((given) => Buffer.from(given))
    .map((given) => given.length === expected.length && timingSafeEqual(given, expected))
    .includes(true);
}

/** Nobody needs so many, and each one is stored. One that is repeated is not. */
async function assertNotTooMany(tx: Tx, jobId: string, id: string, now: Date): Promise<void> {
  const since = new Date(now.getTime() - MINUTE);
  if (!(await hasManyWebhooks(tx, jobId, since, MAX_A_MINUTE)) || (await isRemembered(tx, jobId, id))) return;
  throw new LineupError(
    'too_many_requests',
    sentence`This job gets more than ${MAX_A_MINUTE} webhooks a minute. Send one when all data is ready. Try again in a minute.`,
    { retryable: true, retryAfterSeconds: 60 },
  );
}

function whatFollows({ state: { status, slot } }: StoredJob, isRepeated: boolean): Sentence {
  if (isRepeated) return sentence`This webhook had come before. It makes no further run.`;
  switch (status) {
    case 'paused':
    case 'failed':
      return sentence`The job is paused or has failed. Its run begins when somebody resumes it.`;
    case 'runnable':
      return sentence`A run is in progress. Another one follows it.`;
    default:
      return sentence`A run begins by itself, from ${moment(slot!)} on.`;
  }
}
