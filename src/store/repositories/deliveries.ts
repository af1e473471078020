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
