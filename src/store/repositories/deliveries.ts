/** Queries of the deliveries of runs: what a run has sent to one audience. */
import { type RawBuilder, sql } from 'kysely';

/**
 * At the end of a query in `exists`. It is asked for each row, with its indexes. Otherwise the database may join whole
 * tables.
 */
export const ONE_BY_ONE = sql`offset 0`;

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
