/** LINE's matching of an audience after a run, which takes hours. */
import { sql } from 'kysely';
import type { MatchingObservation } from '../../contracts/runs.ts';
import type { Matched } from '../../domain/alerts/checks.ts';
import { MATCHED } from '../../domain/audiences/size.ts';
import { ageingJobTypes } from '../../domain/destinations/index.ts';
import type { Db, Tx } from '../database/database.ts';
import { isOfAnotherSharer } from './deliveries.ts';

/** Stores an observation, also as the latest of the delivery. A second one of the same moment is ignored. */
export async function recordMatching(
  tx: Tx,
  { runId, delivery }: Pick<WatchedDelivery, 'runId' | 'delivery'>,
  seen: MatchingObservation,
): Promise<void> {
  await tx
    .insertInto('matching_observations')
    .values({
      run_id: runId,
      delivery,
      at: seen.at,
      status: seen.status,
      estimated_size: seen.estimated_size,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const latest = {
    matching_status: seen.status,
    matching_size: seen.estimated_size,
    matching_at: seen.at,
  };
  await tx
    // A run with a single delivery has no such row.
    .with('its', (queries) =>
      queries.updateTable('run_deliveries').set(latest).where('run_id', '=', runId).where('delivery', '=', delivery),
    )
    .updateTable('runs')
    .set(latest)
    .where('id', '=', runId)
    .where(sql.lit(delivery), '=', 1)
    .execute();
}

/** In order of time. @param delivery from 1 */
export async function listMatching(db: Db, runId: string, delivery = 1): Promise<MatchingObservation[]> {
  const rows = await db
    .selectFrom('matching_observations')
    .select(['at', 'status', 'estimated_size'])
    .where('run_id', '=', runId)
    .where('delivery', '=', delivery)
    .orderBy('at')
    .execute();
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** The final matching of earlier successful runs of the job to the same audience, newest first. */
export async function matchedBefore(
  db: Db,
  { jobId, runId, delivery, audienceId, endedAt }: WatchedDelivery,
  runs: number,
): Promise<Matched[]> {
  const rows = await db
    .selectFrom('deliveries')
    .select(['matching_size', 'unique_count'])
    .where('job_id', '=', jobId)
    .where('audience_id', '=', audienceId)
    .where('run_id', '<>', runId)
    .where('status', '=', 'succeeded')
    .where('matching_status', '=', 'READY')
    .where('ended_at', '<', endedAt)
    .where(
      sql<boolean>`not exists (
        select from lineup.run_deliveries as its where its.run_id = ${runId} and its.delivery = ${delivery}
          and ${isOfAnotherSharer('deliveries', sql`its.identifier_type`, sql`its.id_field`)})`,
    )
    .orderBy('ended_at', 'desc')
    .limit(runs)
    .execute();
  return rows.map((row) => ({ estimate: row.matching_size, unique: Number(row.unique_count ?? 0) }));
}

/** The end of the first successful run of the job since LINE last had a match in its audience. */
export async function unmatchedSince(
  db: Db,
  { jobId, audienceId }: Pick<WatchedDelivery, 'jobId' | 'audienceId'>,
): Promise<Date | undefined> {
  const { rows } = await sql<{ since: Date | null }>`
    select min(its.ended_at) as since from lineup.deliveries as its
    where its.job_id = ${jobId} and its.audience_id = ${audienceId} and its.status = 'succeeded'
      and its.ended_at > coalesce((
        select max(seen.at) from lineup.matching_observations as seen
        join lineup.deliveries as before on before.run_id = seen.run_id and before.delivery = seen.delivery
        where before.job_id = ${jobId} and before.audience_id = ${audienceId}
          and seen.estimated_size ~ ${MATCHED}), '-infinity')`.execute(db);
  return rows[0]?.since ?? undefined;
}

/** What LINE has matched of a delivery, as seen last. */
export interface MatchedDelivery extends Matched {
  readonly delivery: number;
  readonly audienceId: string;
  readonly audienceName: string | null;
  readonly status: string | null;
}

/** The matching of all deliveries of a run. */
export async function matchedOf(db: Db, runId: string): Promise<MatchedDelivery[]> {
  const rows = await db
    .selectFrom('deliveries')
    .select([
      'delivery',
      'audience_id',
      'audience_name',
      'unique_count',
      'matching_status as status',
      'matching_size as estimate',
    ])
    .where('run_id', '=', runId)
    .where('audience_id', 'is not', null)
    .orderBy('delivery')
    .execute();
  return rows.map(({ audience_id, audience_name, unique_count, ...row }) => ({
    ...row,
    audienceId: audience_id!,
    audienceName: audience_name,
    unique: Number(unique_count ?? 0),
  }));
}

/** A delivery of a run, whose audience LINE may still be matching. */
export interface WatchedDelivery {
  readonly runId: string;
  /** From 1. */
  readonly delivery: number;
  readonly jobId: string;
  readonly jobName: string;
  readonly authorizationId: string;
  readonly adAccountId: string;
  readonly audienceId: string;
  readonly endedAt: Date;
}

/** How long and how often runs are watched, in milliseconds. */
export interface Watching {
  readonly forMs: number;
  readonly oftenForMs: number;
  readonly oftenMs: number;
  readonly laterMs: number;
  /** Where members leave by age, an audience is watched for longer, and rarely. */
  readonly ageing: { readonly forMs: number; readonly everyMs: number };
}

/** The deliveries of the last succeeded run of each job whose audiences are due for an observation. */
export async function deliveriesToMatch(db: Db, now: Date, watching: Watching): Promise<WatchedDelivery[]> {
  const ago = (ms: number) => new Date(now.getTime() - ms);
  const ageing = ageingJobTypes();
  const { rows } = await sql<WatchedDelivery>`
    select its.run_id as "runId", its.delivery, job.id as "jobId", job.name as "jobName",
      job.authorization_id as "authorizationId", its.ad_account_id as "adAccountId",
      its.audience_id as "audienceId", its.ended_at as "endedAt"
    from lineup.jobs as job
    cross join lateral (
      select * from lineup.runs where job_id = job.id and status = 'succeeded'
      order by ended_at desc limit 1
    ) as run
    left join lineup.run_deliveries as part on part.run_id = run.id and run.deliveries > 1
    cross join lateral (
      select run.id as run_id, coalesce(part.delivery, 1) as delivery, run.ad_account_id, run.ended_at,
        case when run.deliveries > 1 then part.audience_id else run.audience_id end as audience_id,
        case when run.deliveries > 1 then part.matching_at else run.matching_at end as matching_at
    ) as its
    where its.audience_id is not null and (
      its.ended_at > ${ago(watching.forMs)} and (
        its.matching_at is null
        or its.matching_at < ${ago(watching.laterMs)}
        or (its.ended_at > ${ago(watching.oftenForMs)} and its.matching_at < ${ago(watching.oftenMs)}))
      or ${ageing.length > 0 ? sql`job.type in (${sql.join(ageing)})` : sql`false`} and job.status <> 'killed'
        and its.ended_at > ${ago(watching.ageing.forMs)}
        and coalesce(its.matching_at, its.ended_at) < ${ago(watching.ageing.everyMs)})
    order by its.ended_at, its.delivery`.execute(db);
  return rows;
}
