/** What the lists of jobs show of their runs. */
import { sql } from 'kysely';
import type { RunSummary } from '../../contracts/runs.ts';
import type { Db } from '../database/database.ts';
import { summaryOf } from './runs.ts';

/** The newest run of each job. */
export async function lastRunsOf(db: Db, jobIds: readonly string[]): Promise<Map<string, RunSummary>> {
  if (jobIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('runs')
    .selectAll()
    .distinctOn('job_id')
    .where('job_id', 'in', jobIds)
    .orderBy('job_id')
    .orderBy('queued_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return new Map(rows.map((row) => [row.job_id ?? '', summaryOf(row)]));
}

/** Values sent by each job's latest succeeded runs, oldest first. */
export async function recentSizesOf(
  db: Db,
  jobIds: readonly string[],
  count: number,
): Promise<Map<string, number[]>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await sql<{ job_id: string; sizes: (number | string)[] }>`
    select job_id, array_agg(uploaded order by queued_at, id) as sizes from (
      select job_id, uploaded, queued_at, id,
        row_number() over (partition by job_id order by queued_at desc, id desc) as place
      from lineup.runs where status = 'succeeded' and job_id in (${sql.join(jobIds)})
    ) as latest where place <= ${count}::int group by job_id`.execute(db);
  // An array of bigint comes as text from one of the databases.
  return new Map(rows.map((row) => [row.job_id, row.sizes.map(Number)]));
}
