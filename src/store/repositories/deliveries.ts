/** Queries of the deliveries of runs: what a run has sent to one audience. */
import { type RawBuilder, sql } from 'kysely';

/**
 * At the end of a query in `exists`. It is asked for each row, with its indexes. Otherwise the database may join whole
 * tables.
 */
export const ONE_BY_ONE = sql`offset 0`;

/**
 * Whether a delivery shared its audience with others of its run, and had another identifier than this one. Its numbers
 * say nothing of this one.
 * @param alias of the delivery
 */
export const isOfAnotherSharer = (
  alias: string,
  type: RawBuilder<unknown>,
  field: RawBuilder<unknown>,
) => sql<boolean>`exists (
  select from lineup.run_deliveries as same
  join lineup.run_deliveries as beside on beside.run_id = same.run_id and beside.delivery <> same.delivery
    and beside.audience_id = same.audience_id
  where same.run_id = ${sql.ref(`${alias}.run_id`)} and same.delivery = ${sql.ref(`${alias}.delivery`)}
    and (same.identifier_type, same.id_field) <> (${type}, ${field}))`;

/**
 * The first deliveries in an order. Runs with one delivery and those with several are asked alone, so that their
 * indexes give the order, and only so many rows are read. In the conditions and the order, a delivery is `its`.
 */
export const firstDeliveries = (
  where: RawBuilder<unknown>,
  order: RawBuilder<unknown>,
  limit: number,
): RawBuilder<unknown> => sql`
  select * from (
    (select * from lineup.single_deliveries as its where ${where} order by ${order} limit ${limit}::int)
    union all
    (select * from lineup.several_deliveries as its where ${where} order by ${order} limit ${limit}::int)
  ) as its order by ${order} limit ${limit}::int`;

/** Deliveries of a job to one of its audiences. In the conditions, a delivery is `its`. */
export interface OfJob {
  readonly jobId: RawBuilder<unknown>;
  /** Which of them. @default successful ones */
  readonly among?: RawBuilder<unknown>;
  /** A bound of `queued_at`. */
  readonly time?: RawBuilder<unknown>;
  readonly where: RawBuilder<unknown>;
  /** What must also be true of a delivery of a run with several ones. */
  readonly several?: RawBuilder<unknown>;
}

/**
 * `case` hides from the database how few rows it expects. It would otherwise read all runs of the ad account, or of the
 * whole installation. So it reads those of the job in the order of their index.
 */
const ofJob = (
  view: 'single_deliveries' | 'several_deliveries',
  { jobId, among = sql`its.status = 'succeeded'`, time = sql`true`, where }: OfJob,
) => sql`
  from ${sql.table(`lineup.${view}`)} as its
  where its.job_id = ${jobId} and ${among} and ${time} and case when ${where} then true end`;

export const singleOfJob = (wanted: OfJob) => ofJob('single_deliveries', wanted);
export const severalOfJob = ({ where, several = sql`true`, ...wanted }: OfJob) =>
  ofJob('several_deliveries', { ...wanted, where: sql`${where} and ${several}` });

/** The latest of them, newest first. */
export const latestOfJob = (wanted: OfJob, limit: number): RawBuilder<unknown> => {
  const latest = sql`order by its.queued_at desc, its.run_id desc limit ${limit}::int`;
  return sql`
    select * from (
      (select * ${singleOfJob(wanted)} ${latest}) union all (select * ${severalOfJob(wanted)} ${latest})
    ) as its ${latest}`;
};
