/** How much of a disk is free. */
import { statfs } from 'node:fs/promises';

/** Disk space that stays free for others: a database that cannot write stops the whole service. */
export const RESERVE_BYTES = 256_000_000;

/** Undefined where the system does not say. Then the writing itself reports a full disk. */
export async function freeBytesIn(directory: string): Promise<number | undefined> {
  const disk = await statfs(directory).catch(() => undefined);
  return disk && disk.bavail * disk.bsize;
}
