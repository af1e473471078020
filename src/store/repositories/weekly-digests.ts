/** Which weekly digests were made. Only the newest row is needed. */
import type { Tx } from '../database/database.ts';

/** A week and its shortest version: a new time zone moves the slot by up to 26 hours. */
const SHORTEST_WEEK_MS = 5 * 24 * 3_600_000;

/**
 * Takes a slot of the digest. Of several processes one gets it. The first slot of an installation is only noted: its
 * week had begun before anybody could want a digest.
 * @returns whether the digest of this slot is to be sent
 */
export async function takeDigestSlot(tx: Tx, slot: Date): Promise<boolean> {
  const taken = await tx
    .insertInto('weekly_digests')
    .values({ slot })
    .onConflict((conflict) => conflict.doNothing())
    .returning('slot')
    .executeTakeFirst();
  if (!taken) return false;
  const last = await tx
    .selectFrom('weekly_digests')
    .select((eb) => eb.fn.max('slot').as('at'))
    .where('slot', '<>', slot)
    .executeTakeFirst();
  const before = last?.at ?? null;
  if (before === null) return false;
  await tx
    .deleteFrom('weekly_digests')
    .where('slot', '<', before > slot ? before : slot)
    .execute();
  return slot.getTime() - before.getTime() >= SHORTEST_WEEK_MS;
}
