import { LineupError } from '../contracts/errors.ts';
import type { Scan } from './source.ts';

/** New beginnings of one scan: each may be as long as the first, so few. */
const RESTARTS = 2;

/** `anew`: the source had lost its place. */
export type Beginning = 'first' | 'at the place' | 'anew';

/**
 * Does the work on a scan, and closes it. A source that has lost its place (`source_expired`) is scanned again from the
 * beginning, and the work is done anew: what it made of the values before must be thrown away by it, or members would
 * count twice.
 * @param open begins a scan at the place, or else at the beginning; called again for each new beginning
 * @param work told how the scan begins
 * @param from where the first scan goes on, if its source still takes that place
 * @throws what `open` and `work` throw; `source_expired` when new beginnings did not help
 */
export async function wholeScan<T>(
  open: (from: string | undefined) => Promise<Scan>,
  work: (scan: Scan, begins: Beginning) => Promise<T>,
  from?: string,
): Promise<T> {
  for (let restarts = 0; ; restarts += 1) {
    const place = restarts === 0 ? from : undefined;
    let scan: Scan | undefined;
    try {
      scan = await open(place);
      return await work(scan, restarts > 0 ? 'anew' : place === undefined ? 'first' : 'at the place');
    } catch (error) {
      const expired = error instanceof LineupError && error.code === 'source_expired';
      if (!expired || restarts === RESTARTS) throw error;
    } finally {
      await scan?.close();
    }
  }
}
