/** The signed webhooks that jobs wait for: what signs them, and which have come. */
import { sql } from 'kysely';
import { Secret } from '../../domain/values/secret.ts';
import type { Db, Tx } from '../database/database.ts';
import { LOST } from '../secrets/lost-credentials.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { webhookSecretCell } from '../secrets/stored-secrets.ts';
import { newId } from '../secrets/unguessable.ts';

/** Senders try again for days. After this time, a repeated webhook counts as a new one. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;
/** A job remembers at most so many. */
export const MAX_REMEMBERED = 2_000;

/** @returns false when the same one has come before */
export async function rememberWebhook(tx: Tx, jobId: string, webhookId: string, now: Date): Promise<boolean> {
  const row = await tx
    .insertInto('webhooks_seen')
    .values({ job_id: jobId, id: webhookId, at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether a job has got so many webhooks after `since`. */
export async function hasManyWebhooks(tx: Tx, jobId: string, since: Date, count: number): Promise<boolean> {
  const last = await tx
    .selectFrom('webhooks_seen')
    .select('id')
    .where('job_id', '=', jobId)
    .where('at', '>', since)
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst();
  return last !== undefined;
}

export const isRemembered = async (tx: Tx, jobId: string, webhookId: string): Promise<boolean> =>
  (await tx
    .selectFrom('webhooks_seen')
    .select('id')
    .where('job_id', '=', jobId)
    .where('id', '=', webhookId)
    .executeTakeFirst()) !== undefined;

/** Forgets old webhooks, all but the newest ones of each job, and secrets that are not valid any more. */
export async function purgeWebhooks(db: Db, now: Date): Promise<void> {
  await db
    .deleteFrom('webhooks_seen')
    .where('at', '<', new Date(now.getTime() - REMEMBERED_MS))
    .execute();
  await sql`
    delete from lineup.webhooks_seen as old using (
      select job_id, id, row_number() over (partition by job_id order by at desc, id) as place
      from lineup.webhooks_seen
    ) as its
    where its.job_id = old.job_id and its.id = old.id and its.place > ${MAX_REMEMBERED}`.execute(db);
  await db.deleteFrom('webhook_secrets').where('valid_until', '<=', now).execute();
}

/** The secrets of a job that are valid now, the newest first. None for an unknown job. */
export async function revealWebhookSecrets(db: Db, box: SecretBox, jobId: string, now: Date): Promise<Secret[]> {
  const rows = await db
    .selectFrom('webhook_secrets')
    .select(['id', 'secret'])
    .where('job_id', '=', jobId)
    .where((eb) => eb.or([eb('valid_until', 'is', null), eb('valid_until', '>', now)]))
    .where('secret', '<>', LOST)
    .orderBy('made_at', 'desc')
    .execute();
  return rows.map(({ id, secret }) => box.open(secret, webhookSecretCell(id)));
}

/**
 * Stores a new secret. The job must be locked.
 * @param beforeUntil until when the present one is valid, too; null: it ends now
 */
export async function addWebhookSecret(
  tx: Tx,
  box: SecretBox,
  { jobId, secret, beforeUntil, now }: { jobId: string; secret: Secret; beforeUntil: Date | null; now: Date },
): Promise<void> {
  await tx
    .deleteFrom('webhook_secrets')
    .where('job_id', '=', jobId)
    .$if(beforeUntil !== null, (query) => query.where('valid_until', 'is not', null))
    .execute();
  await tx.updateTable('webhook_secrets').set({ valid_until: beforeUntil }).where('job_id', '=', jobId).execute();
  const id = newId('whs');
  const sealed = box.seal(new Secret(secret.reveal()), webhookSecretCell(id));
  await tx
    .insertInto('webhook_secrets')
    .values({ id, job_id: jobId, secret: sealed, key_id: box.keyId, made_at: now })
    .execute();
}

/** For a job that does not wait for a webhook any more. */
export async function dropWebhookSecrets(tx: Tx, jobId: string): Promise<void> {
  await tx.deleteFrom('webhook_secrets').where('job_id', '=', jobId).execute();
}

export interface WebhookSecretTimes {
  readonly madeAt: Date;
  /** Until when the one before is valid; null when there is none. */
  readonly oldUntil: Date | null;
}

/** Of those of these jobs that have a secret. Nothing of the secrets themselves. */
export async function webhookSecretTimes(
  db: Db,
  jobIds: readonly string[],
  now: Date,
): Promise<Map<string, WebhookSecretTimes>> {
  if (jobIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('webhook_secrets as its')
    .leftJoin('webhook_secrets as old', (join) =>
      join.onRef('old.job_id', '=', 'its.job_id').on('old.valid_until', '>', now),
    )
    .select(['its.job_id', 'its.made_at', 'old.valid_until'])
    .where('its.job_id', 'in', jobIds)
    .where('its.valid_until', 'is', null)
    .execute();
  return new Map(rows.map((row) => [row.job_id, { madeAt: row.made_at, oldUntil: row.valid_until }]));
}
