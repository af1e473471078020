/** How the service's reader processes are run. */
export interface ReaderSettings {
  /** The module that a reader runs. */
  readonly entry: URL;
  /** All of its environment: nothing of it is secret but what the operator's proxies need. */
  readonly environment: Readonly<Record<string, string>>;
  /** Bytes that one reader may have resident; half of it for its JavaScript heap. */
  readonly memoryBytes: number;
  /** How many may be at work at the same time. */
  readonly most: number;
  /** How many sources one reads before another takes its place. */
  readonly uses: number;
  /** How long a reader has to stop by itself, in ms. */
  readonly graceMs: number;
  /** How long its event loop may stand still, in ms. */
  readonly stuckMs: number;
}

const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';

export const usualReaders: Omit<ReaderSettings, 'environment'> = {
  entry: new URL(`../process/main.${extension}`, import.meta.url),
  memoryBytes: 1_000_000_000,
  most: 8,
  uses: 50,
  graceMs: 3_000,
  stuckMs: 60_000,
};
