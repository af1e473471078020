import { LineupError } from '../contracts/errors.ts';
import type { Scan } from './source.ts';

/** New beginnings of one scan: each may be as long as the first, so few. */
const RESTARTS = 2;

/**
 * Does the work on a scan, and closes it. A source that has lost its place (`source_expired`) is scanned again from the
 * beginning, and the work is done anew: what it made of the values before must be thrown away by it, or members would
 * count twice.
 * @param open begins a scan; called again for each new beginning
 * @throws what `open` and `work` throw; `source_expired` when new beginnings did not help
 */
export async function wholeScan<T>(open: () => Promise<Scan>, work: (scan: Scan) => Promise<T>): Promise<T> {
  for (let restarts = 0; ; restarts += 1) {
    const scan = await open();
    try {
      return await work(scan);
    } catch (error) {
      const expired = error instanceof LineupError && error.code === 'source_expired';
      if (!expired || restarts === RESTARTS) throw error;
    } finally {
      await scan.close();
    }
  }
}
