/**
 * How long people stay in audiences whose members leave by age. The days of a job may have been changed: whoever was
 * sent before stays as long as the days were then.
 */
import { type RawBuilder, sql } from 'kysely';
import { MAX_MEMBER_DAYS } from '../../domain/audiences/requests.ts';
import type { Db } from '../database/database.ts';

/** The days of a run: those of its request, or those that its list has kept. Null where members do not leave by age. */
export const daysOfRun = (runId: RawBuilder<unknown>): RawBuilder<number | null> => sql<number | null>`coalesce(
  (select min((event->'warning'->>'count')::int) from lineup.run_events
    where run_id = ${runId} and event->'warning'->>'code' = 'member_days_kept'),
  (select (event->'request'->>'memberDays')::int from lineup.run_events where run_id = ${runId} and seq = 1))`;

/** The days of the job, or of an earlier run whose members have not left yet, if they are more. */
export const stayOfJob = (now: Date): RawBuilder<number | null> => sql<number | null>`
  case when jobs.configuration ? 'member_days' then greatest((jobs.configuration->>'member_days')::int, (
    select max(sent.days) from (
      select its.last_write_at as at, ${daysOfRun(sql`its.run_id`)} as days
      from lineup.deliveries as its
      where its.job_id = jobs.id and its.last_write_at > ${new Date(now.getTime() - MAX_MEMBER_DAYS * DAY)}
    ) as sent where sent.at + sent.days * interval '1 day' > ${now}
  )) end`;

const DAY = 24 * 3_600_000;

/** By the id of the job. */
export async function staysOfJobs(db: Db, ids: readonly string[], now: Date): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('jobs')
    .select(['id', stayOfJob(now).as('days')])
    .where('id', 'in', ids)
    .execute();
  return new Map(rows.flatMap(({ id, days }) => (days === null ? [] : [[id, days] as const])));
}
