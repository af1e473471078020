/** What the table `latest_runs` must have, calculated from all runs. */
import { sql } from 'kysely';
import type { Db } from '../../src/store/database/database.ts';

/** The jobs whose row is not what their runs say, or that have none although they have runs. */
export async function wrongLatestRuns(db: Db): Promise<readonly unknown[]> {
  const { rows } = await sql`
    with of_runs as (
      select job_id, (array_agg(coalesce(ended_at, started_at, queued_at) order by queued_at desc, id desc))[1] as at,
        (array_agg(uploaded order by queued_at desc, id desc) filter (where status = 'succeeded'))[1] as size
      from lineup.runs where job_id is not null group by job_id
    )
    select jobs.id, noted.at as noted_at, of_runs.at, noted.size as noted_size, of_runs.size
    from lineup.jobs left join lineup.latest_runs as noted on noted.job_id = jobs.id
    left join of_runs on of_runs.job_id = jobs.id
    where (noted.at, noted.size) is distinct from (of_runs.at, of_runs.size)`.execute(db);
  return rows;
}
