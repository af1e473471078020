import { systemClock } from '../../src/machine/system-clock.ts';
import { leaseTable } from '../../src/store/coordination/lease-table.ts';
import { HeldLeases, type LeaseOptions } from '../../src/store/coordination/leases.ts';
import type { Db } from '../../src/store/database/database.ts';

/** Newer than every bound of the tables. */
export const NEWEST = 9_999;

let processes = 0;

/** The leases of one more process. */
export function leasesOn(db: Db, options: Partial<LeaseOptions> = {}): HeldLeases {
  processes += 1;
  const holder = `${process.pid}, process ${processes} of the test`;
  return new HeldLeases(leaseTable(db, NEWEST), { clock: systemClock, holder, ...options });
}
