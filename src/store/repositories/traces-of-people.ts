/** Where a person of some identifier type may be: in staged chunks, and in audiences at LINE. */
import { type RawBuilder, sql } from 'kysely';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import { isHeldRun } from '../coordination/lease-table.ts';
import type { Db, Tx } from '../database/database.ts';
import { audienceIdOf, configurationsOf } from './jobs.ts';
import { daysOfRun, stayOfJob } from './member-days.ts';

/** Whether a run sends this type, by the first event of its journal. A run that has none is taken for one that does. */
const sends = (request: RawBuilder<unknown>, type: IdentifierType) => sql<boolean>`coalesce(
  ${request}->>'identifierType' = ${type} or exists (
    select from jsonb_array_elements(coalesce(${request}->'siblings', '[]')) as its
    where its->>'identifierType' = ${type}), true)`;

/**
 * Makes the staged chunks unreadable that may hold people of this type. A run that works now keeps its own: it looks at
 * the list itself before it sends a chunk.
 * @returns the runs, which stage again
 */
export async function dropStagedOf(tx: Tx, type: IdentifierType): Promise<{ run_id: string; job_name: string }[]> {
  const request = sql`(select event->'request' from lineup.run_events where run_id = run.id and seq = 1)`;
  const { rows } = await sql<{ run_id: string; job_name: string }>`
    delete from lineup.staging_keys as key using lineup.runs as run
    where run.id = key.run_id and ${sends(request, type)} and not ${isHeldRun('run')}
    returning run.id as run_id, run.job_name`.execute(tx);
  return rows.toSorted((a, b) => (a.run_id < b.run_id ? -1 : 1));
}

export interface JobWithIdentifier {
  readonly id: string;
  readonly name: string;
  readonly adAccountId: string;
  /** So many days after they were sent last, members leave. Null where a run takes them away. */
  readonly memberDays: number | null;
  /** The audiences that it fills with this type now. */
  readonly audienceIds: readonly string[];
  /** Whether a run of it is queued or in progress, or has just ended. */
  readonly isRunning: boolean;
}

const isSentByJob = (type: IdentifierType) =>
  sql<boolean>`exists (
    select from jsonb_array_elements(${configurationsOf('jobs')}) as its where its->>'identifier_type' = ${type})`;

/**
 * Lets another run follow those that are in progress: such a run may have looked at the list for the last time. A run
 * that begins later reads the list after this transaction, because it locks its job then.
 */
export async function runAgainAfterPresent(tx: Tx, type: IdentifierType): Promise<void> {
  const jobs = await tx.selectFrom('jobs').select('id').where(isSentByJob(type)).orderBy('id').forUpdate().execute();
  if (jobs.length === 0) return;
  await tx
    .updateTable('jobs')
    .set({ run_again: true })
    .where('status', '=', 'runnable')
    .where(
      'id',
      'in',
      jobs.map(({ id }) => id),
    )
    .where(
      sql<boolean>`not exists (select from lineup.runs as run where run.job_id = jobs.id and run.status = 'queued')`,
    )
    .execute();
}

const itsAudience = audienceIdOf('jobs', sql`its.configuration`, sql`n`);

/** The jobs that send this type, by name, without those that were terminated. */
export async function jobsWithIdentifier(db: Db, type: IdentifierType, now: Date): Promise<JobWithIdentifier[]> {
  const rows = await db
    .selectFrom('jobs')
    .select([
      'id',
      'name',
      sql<string[] | null>`(
        select jsonb_agg(${itsAudience})
        from jsonb_array_elements(${configurationsOf('jobs')}) with ordinality as its (configuration, n)
        where its.configuration->>'identifier_type' = ${type} and ${itsAudience} is not null)`.as('audience_ids'),
      sql<string>`configuration->>'adaccount_id'`.as('ad_account_id'),
      stayOfJob(now).as('member_days'),
      sql<boolean>`status = 'runnable'`.as('is_running'),
    ])
    .where('status', '<>', 'killed')
    .where(isSentByJob(type))
    .orderBy('name')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    adAccountId: row.ad_account_id,
    memberDays: row.member_days,
    audienceIds: [...new Set(row.audience_ids)],
    isRunning: row.is_running,
  }));
}

/** The countries that jobs give phone numbers without a country code, in order. */
export async function phoneCountriesOfJobs(db: Db): Promise<string[]> {
  const { rows } = await sql<{ country: string }>`
    select distinct its->>'default_country' as country
    from lineup.jobs cross join jsonb_array_elements(${configurationsOf('jobs')}) as its
    where jobs.status <> 'killed' and its->>'identifier_type' = 'phone' and its->>'default_country' is not null
    order by country`.execute(db);
  return rows.map(({ country }) => country);
}

export interface WrittenAudience {
  readonly ad_account_id: string;
  readonly audience_id: string;
  readonly audience_name: string | null;
  readonly last_write_at: string;
  /** The most days of the runs that have sent to it. Null where members do not leave by age. */
  readonly days: number | null;
}

/** The audiences to which runs have sent this type, also those that no job fills any more; the last written first. */
export async function writtenAudiences(db: Db, type: IdentifierType): Promise<WrittenAudience[]> {
  const { rows } = await sql<Omit<WrittenAudience, 'last_write_at'> & { last_write_at: Date }>`
    select sent.ad_account_id, sent.audience_id, max(sent.last_write_at) as last_write_at,
      max(${daysOfRun(sql`sent.run_id`)}) as days,
      (array_agg(sent.audience_name order by sent.last_write_at desc))[1] as audience_name
    from lineup.deliveries as sent
    left join lineup.run_events as begin on begin.run_id = sent.run_id and begin.seq = 1
    where sent.audience_id is not null and sent.last_write_at is not null and coalesce(
      case when sent.delivery = 1 then begin.event->'request'->>'identifierType'
        else begin.event->'request'->'siblings'->(sent.delivery - 2)->>'identifierType' end, ${type}) = ${type}
    group by sent.ad_account_id, sent.audience_id
    order by last_write_at desc, sent.audience_id`.execute(db);
  return rows.map((row) => ({ ...row, last_write_at: new Date(row.last_write_at).toISOString() }));
}
