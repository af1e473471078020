/**
 * Which processes use the database now, and which keys of the secrets they have. Each one holds a lease whose name says
 * that. So it is gone with the process, after the expiry at the latest.
 */
import { sql } from 'kysely';
import type { Clock, Lease, Leases, Release } from '../../contracts/ports.ts';
import type { Db } from '../database/database.ts';
import { isFree } from './lease-table.ts';

const PREFIX = 'process:';
/** How often a process looks whether it still has its lease, which it loses when it cannot reach the database. */
const LOOK_EVERY_MS = 10_000;

export interface LiveProcess {
  /** The name of the process: host, process id, and a random part. */
  readonly holder: string;
  /** The ids of its keys. Missing for an earlier version, which does not tell them. */
  readonly keyIds?: readonly string[];
}

/** Tells the others that this process lives, until the release. */
export async function announce(
  leases: Leases,
  { holder, keyIds, clock }: Required<LiveProcess> & { readonly clock: Pick<Clock, 'every'> },
): Promise<Release> {
  const name = `${PREFIX}${keyIds.join(',')}:${holder}`;
  let lease: Lease | undefined;
  const hold = async () => {
    if (!lease || lease.lost.aborted) lease = await leases.tryTake([name]);
  };
  await hold();
  // The next look tries again.
  return clock.every(LOOK_EVERY_MS, () => void hold().catch(() => {}));
}

/** The processes that hold a lease, so they have used the database in the last half minute. */
export async function liveProcesses(db: Db): Promise<LiveProcess[]> {
  const rows = await db
    .selectFrom('leases as lease')
    .select(['holder', 'name'])
    .where(sql<boolean>`not ${isFree('lease')}`)
    .orderBy('holder')
    .execute();
  const names = Map.groupBy(rows, ({ holder }) => holder);
  return [...names].map(([holder, held]) => {
    const own = held.find(({ name }) => name.startsWith(PREFIX))?.name;
    return { holder, ...(own && { keyIds: own.split(':')[1]!.split(',') }) };
  });
}
