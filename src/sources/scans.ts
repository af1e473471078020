/**
 * The one place that opens a scan and closes it. Work on a scan is handed in as a function, so that nobody else can forget to
 * close one, or close one that is still in use.
 */
import { LineupError } from '../contracts/errors.ts';
import type { Scan, Source } from './source.ts';

/** Does the work on a scan that begins at the place `from`, or else at the beginning. The scan is closed afterwards. */
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
   * Opens the first scan before there is work for it, so that a wrong field is known early. Standard input can be read once
   * only, so this scan is the one that the work gets.
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

  /** Closes a scan that was opened ahead and found no work. */
  async close(): Promise<void> {
    await this.#ahead?.close();
    this.#ahead = undefined;
  }
}

/**
 * Scans of a source that is opened for each of them, and closed with it: nothing is held while what was read is uploaded, which
 * may take hours.
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

/** New beginnings of one scan: each may take as long as the first, so few. */
const RESTARTS = 2;

/** `anew`: the source had lost its place. */
export type Beginning = 'first' | 'at the place' | 'anew';

/**
 * Does the work on one whole scan. A source that has lost its place (`source_expired`) is scanned again from the beginning, and
 * the work is done anew: it must throw away what it made of the values before, or members would count twice.
 * @param work told how the scan begins
 * @param from where the first scan goes on, if its source still takes that place
 * @throws what opening and `work` throw; `source_expired` when new beginnings did not help
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
