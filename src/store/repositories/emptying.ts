/** Lists whose members leave by age: what each job has sent last to them. */
import { type RawBuilder, sql } from 'kysely';
import type { LastWhole } from '../../domain/alerts/emptying.ts';
import { ageingJobTypes } from '../../domain/destinations/index.ts';
import type { Db } from '../database/database.ts';
import { isOfAnotherSharer, latestOfJob } from './deliveries.ts';
import { audiencesOfJobs } from './health-report.ts';
import { daysOfRun } from './member-days.ts';

/** The last whole upload of a job to one of its lists. */
export interface StoredWhole extends LastWhole {
  readonly jobId: string;
  readonly runId: string;
}

/** @param jobIds of these jobs. @default of all jobs */
export async function lastWholesOf(db: Db, jobIds?: readonly string[]): Promise<StoredWhole[]> {
  const types = ageingJobTypes();
  if (types.length === 0 || jobIds?.length === 0) return [];
  const among = jobIds ? sql`jobs.id in (${sql.join(jobIds)})` : sql`true`;
  const { rows } = await sql<StoredWhole>`
    select jobs.id as "jobId", last.run_id as "runId", last.last_write_at as "sentAt", days as "memberDays"
    from ${audiencesOfJobs}
    cross join lateral (${lastWhole}) as last
    cross join lateral (
      select ${daysOfRun(sql`last.run_id`)} as days
    ) as began
    where jobs.type in (${sql.join(types)}) and jobs.status <> 'killed' and days is not null and ${among}`.execute(db);
  return rows;
}

/** Also of a run that has failed for another list, or has not ended. */
const lastWhole: RawBuilder<unknown> = latestOfJob(
  {
    jobId: sql`jobs.id`,
    among: sql`its.at_line = 'whole'`,
    where: sql`its.audience_id = audience.audience_id and its.ad_account_id = jobs.configuration->>'adaccount_id'
      and its.last_write_at is not null`,
    several: sql`not ${isOfAnotherSharer('its', sql`audience.identifier_type`, sql`audience.id_field`)}`,
  },
  1,
);
