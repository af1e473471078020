/** When each person looked at samples and previews of queries lately, for all processes. */
import type { Tx } from '../database/database.ts';
import { json } from '../database/schema.ts';

/**
 * The times of a person's last looks, locked until the transaction ends. So each of many simultaneous ones sees those
 * before it.
 */
export async function lockQueryLooks(tx: Tx, personId: string): Promise<readonly Date[]> {
  await tx
    .insertInto('query_looks')
    .values({ person_id: personId, times: json([]) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { times } = await tx
    .selectFrom('query_looks')
    .select('times')
    .where('person_id', '=', personId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return times.map((time) => new Date(time));
}

export async function saveQueryLooks(tx: Tx, personId: string, times: readonly Date[]): Promise<void> {
  await tx
    .updateTable('query_looks')
    .set({ times: json(times) })
    .where('person_id', '=', personId)
    .execute();
}
