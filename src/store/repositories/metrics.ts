/** Numbers of all runs, jobs and requests, for Prometheus. */
import { sql } from 'kysely';
import type { MetricsSnapshot } from '../../contracts/status.ts';
import type { Db } from '../database/database.ts';
import { countsOfEvents } from './event-counts.ts';
import { countIncomplete } from './incomplete-runs.ts';
import { countQuarantined } from './quarantine.ts';

export async function readMetrics(db: Db, now: Date): Promise<MetricsSnapshot> {
  const runs = await db
    .selectFrom('runs')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute();
  const going = await sql<{ working: number; waiting: number }>`
    select count(*) filter (where waits)::int as waiting, count(*) filter (where not waits)::int as working
    from (
      select coalesce(progress ->> 'stage', '') in ('queue', 'wait') as waits from lineup.runs where status = 'running'
    ) as running`.execute(db);
  const total = (column: string) => sql<number>`coalesce(sum(${sql.ref(column)}), 0)::float8`;
  const values = await db
    .selectFrom('runs')
    .select([
      total('scanned').as('scanned'),
      total('missing').as('missing'),
      total('invalid').as('invalid'),
      total('duplicates').as('duplicates'),
      total('unique_count').as('unique'),
      total('uploaded').as('uploaded'),
    ])
    .executeTakeFirstOrThrow();
  const lineRequests = await db
    .selectFrom('run_requests')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute();
  const queue = await db
    .selectFrom('runs')
    .select(({ fn }) => [fn.countAll<number>().as('depth'), fn.min('queued_at').as('oldest')])
    .where('status', '=', 'queued')
    .executeTakeFirstOrThrow();
  const jobs = await db
    .selectFrom('jobs')
    .leftJoin('runs', (join) => join.onRef('runs.job_id', '=', 'jobs.id').on('runs.status', '=', 'succeeded'))
    .select(({ fn }) => [
      'jobs.id',
      'jobs.status',
      'jobs.condition',
      fn.max('runs.ended_at').as('lastSuccessAt'),
    ])
    .where('jobs.status', '<>', 'killed')
    .groupBy(['jobs.id', 'jobs.status', 'jobs.condition'])
    .execute();
  return {
    runs: Object.fromEntries(runs.map(({ status, count }) => [status, Number(count)])),
    going: going.rows[0] ?? { working: 0, waiting: 0 },
    values,
    lineRequests: lineRequests.map(({ status, count }) => ({ status, count: Number(count) })),
    queue: { depth: Number(queue.depth), oldestSeconds: ageOf(queue.oldest, now) },
    jobs,
    incompleteJobs: await countIncomplete(db),
    quarantinedSources: await countQuarantined(db),
    events: await countsOfEvents(db),
  };
}

const ageOf = (oldest: Date | null, now: Date): number =>
  oldest ? Math.max(0, (now.getTime() - oldest.getTime()) / 1_000) : 0;
