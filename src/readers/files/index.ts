/** Files as a source of the service. The id of an audience tells which collection of files it belongs to. */

import type { SourceAudience } from '../../contracts/sources.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { ReadingOptions, Source, SourceProvider } from '../../sources/source.ts';

/** @param collections in the order of the list */
export function fileSources(collections: readonly FileCollection[]): SourceProvider {
  return {
    open: async (_, id, signal, options) => {
      const collection = collections.find((collection) => collection.has(id));
      if (collection) return collection.open(id, signal, options);
      throw new LineupError(
        'source_not_found',
        sentence`There is no file ${id} that is open to exports. Enter its absolute path, or choose a file from the list.`,
      );
    },
    audiences: async (_, { limit, cursor, search }, signal) => {
      const wanted = search?.toLowerCase() ?? '';
      const all = (await Promise.all(collections.map((collection) => collection.list(signal)))).flat();
      const isWanted = ({ name, id }: { name: string; id: string }) => `${name}\n${id}`.toLowerCase().includes(wanted);
      // If the file of the cursor is gone, the list restarts: showing a file twice is better than hiding it.
      const found = all.slice(all.findIndex(({ id }) => id === cursor) + 1).filter(isWanted);
      const shown = found.slice(0, limit);
      return {
        items: (await Promise.all(shown.map((file) => file.describe()))).flatMap((item) => item ?? []),
        next: found.length > limit ? (shown.at(-1)?.id ?? null) : null,
        total: all.filter(isWanted).length,
      };
    },
    lists: async (id) => (await collections.find((collection) => collection.has(id))?.lists(id)) ?? false,
    verify: async () => ({ works: sentence`Files need no authorization.` }),
  };
}

/** A collection of files: paths, URLs or uploads. Each has its own form of ids. */
export interface FileCollection {
  /** Whether the id has the form of this collection. */
  has(id: string): boolean;
  /** @throws {LineupError} `source_*` */
  open(id: string, signal: AbortSignal, options?: ReadingOptions): Promise<Source>;
  /** The files to choose from, in a stable order. */
  list(signal: AbortSignal): Promise<readonly FoundFile[]>;
  /** Whether the list contains the id, even if the list is longer than what it shows. */
  lists(id: string): Promise<boolean>;
}

export interface FoundFile {
  /** The id of the audience. */
  readonly id: string;
  readonly name: string;
  /** Undefined when the file is gone meanwhile. */
  describe(): Promise<SourceAudience | undefined>;
}
