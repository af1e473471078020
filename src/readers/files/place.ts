import type { FileOptions } from '../../contracts/file-options.ts';
import type { SourceAudience } from '../../contracts/sources.ts';
import type { Source } from '../../sources/source.ts';

/** One kind of place that files are taken from: each names its files in a way of its own. */
export interface FilePlace {
  /** Whether an audience's id is of this kind. */
  has(id: string): boolean;
  /** @throws {LineupError} `source_*` */
  open(id: string, signal: AbortSignal, options?: FileOptions): Promise<Source>;
  /** What there is to choose from, in a stable order. */
  list(signal: AbortSignal): Promise<readonly FoundFile[]>;
  /** Whether an audience's id is in that list, however long the list is. */
  lists(id: string): Promise<boolean>;
}

export interface FoundFile {
  /** The audience's id. */
  readonly id: string;
  readonly name: string;
  /** Undefined when it is gone meanwhile. */
  describe(): Promise<SourceAudience | undefined>;
}
