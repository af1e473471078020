/** Who has joined and who has left with several runs. */
import { sql } from 'kysely';
import type { Turnover } from '../../domain/runs/turnover.ts';
import type { Db } from '../database/database.ts';

export interface TurnoverOfDelivery extends Turnover {
  readonly jobId: string;
  /** From 1. */
  readonly delivery: number;
}

/**
 * The sums over the runs that have succeeded since then, for each audience of these jobs. An audience with a run of
 * which it is not known is missing, and one of which not everybody may know it.
 */
export async function turnoverSince(db: Db, jobIds: readonly string[], since: Date): Promise<TurnoverOfDelivery[]> {
  if (jobIds.length === 0) return [];
  const { rows } = await sql<TurnoverOfDelivery>`
    select job_id as "jobId", delivery, sum((turnover->>'joining')::bigint)::float8 as joining,
      sum((turnover->>'leaving')::bigint)::float8 as leaving
    from (
      select run.job_id, coalesce(its.delivery, 1) as delivery,
        case when its.run_id is null then run.turnover else its.turnover end as turnover
      from lineup.runs as run
      left join lineup.run_deliveries as its on its.run_id = run.id
      where run.job_id in (${sql.join(jobIds)}) and run.status = 'succeeded' and run.ended_at >= ${since}
    ) as each
    group by job_id, delivery
    having count(*) = count(turnover) filter (where not turnover ? 'varied')`.execute(db);
  return rows;
}
