/**
 * The only place that opens and closes a scan. Callers pass their work as a function, so they cannot forget
 * to close a scan, or close one that is still in use.
 */
import { LineupError } from '../contracts/errors.ts';
import type { Scan, Source } from './source.ts';

/**
 * Runs the work on a scan that starts at the place `from`, or at the beginning. Closes the scan afterwards.
 */
export type WithScan = <T>(from: string | undefined, work: (scan: Scan) => Promise<T>) => Promise<T>;

/** The scans of one field of an open source, one after another. */
export class Scans {
  readonly #source: Source;
  readonly #field: string;
  readonly #signal: AbortSignal | undefined;
  #ahead: Scan | undefined;

  constructor(source: Source, field: string, signal?: AbortSignal) {
    this.#source = source;
    this.#field = field;
    this.#signal = signal;
  }

  /**
   * Opens the first scan before the work starts, so that a wrong field is reported early. Standard input can
   * be read only once, so the work gets this scan.
   * @throws {LineupError} as `Source.scan`
   */
  async openAhead(): Promise<void> {
    this.#ahead = await this.#source.scan(this.#field, this.#signal);
  }

  readonly with: WithScan = async (from, work) => {
    const scan = this.#ahead ?? (await this.#source.scan(this.#field, this.#signal, from));
    this.#ahead = undefined;
    try {
      return await work(scan);
    } finally {
      await scan.close();
    }
  };

  /** Closes a scan that `openAhead` opened and no work has used. */
  async close(): Promise<void> {
    await this.#ahead?.close();
    this.#ahead = undefined;
  }
}

/**
 * Opens the source for each scan and closes it afterwards. So no connection stays open during the upload,
 * which may take hours.
 */
export const scansOfSource =
  (open: () => Promise<Source>, field: string, signal: AbortSignal): WithScan =>
  async (from, work) => {
    const source = await open();
    try {
      return await new Scans(source, field, signal).with(from, work);
    } finally {
      await source.close();
    }
  };

/** How often a scan starts again. Each attempt may take as long as the first, so the number is small. */
const RESTARTS = 2;

/** `anew`: the source could not continue at the place, so the scan starts again. */
export type Beginning = 'first' | 'at the place' | 'anew';

/**
 * Runs the work on one whole scan. When the source cannot continue (`source_expired`), the scan and the work
 * start again from the beginning. The work must then discard the values that it has already taken; otherwise
 * members would count twice.
 * @param work gets the scan, and how it starts
 * @param from where the first scan starts, if the source still accepts this place
 * @throws errors of opening and of `work`; `source_expired` after the last restart
 */
export async function wholeScan<T>(
  withScan: WithScan,
  work: (scan: Scan, begins: Beginning) => Promise<T>,
  from?: string,
): Promise<T> {
  for (let restarts = 0; ; restarts += 1) {
    const place = restarts === 0 ? from : undefined;
    const begins = restarts > 0 ? 'anew' : place === undefined ? 'first' : 'at the place';
    try {
      return await withScan(place, (scan) => work(scan, begins));
    } catch (error) {
      const expired = error instanceof LineupError && error.code === 'source_expired';
      if (!expired || restarts === RESTARTS) throw error;
    }
  }
}
