/** Files as a source of the service. An audience's id says what kind of place its file is in. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { FileOptions, SourceAudience } from '../../contracts/sources.ts';
import type { SourceProvider } from '../../sources/provider.ts';
import type { Source } from '../../sources/source.ts';

/** @param places in the order in which their files are listed */
export function fileSources(places: readonly FileCollection[]): SourceProvider {
  return {
    open: async (_, id, signal, options) => {
      const place = places.find((one) => one.has(id));
      if (place) return place.open(id, signal, options);
      throw new LineupError(
        'source_not_found',
        sentence`There is no file ${id} that may be exported: name one by its absolute path, or choose one of the list.`,
      );
    },
    audiences: async (_, { limit, cursor, search }, signal) => {
      const wanted = search?.toLowerCase() ?? '';
      const all = (await Promise.all(places.map((place) => place.list(signal)))).flat();
      const isWanted = ({ name, id }: { name: string; id: string }) =>
        `${name}\n${id}`.toLowerCase().includes(wanted);
      // Of a file that is gone meanwhile the list begins anew: better twice than never.
      const found = all.slice(all.findIndex(({ id }) => id === cursor) + 1).filter(isWanted);
      const shown = found.slice(0, limit);
      return {
        items: (await Promise.all(shown.map((file) => file.describe()))).flatMap((one) => one ?? []),
        next: found.length > limit ? (shown.at(-1)?.id ?? null) : null,
        total: all.filter(isWanted).length,
      };
    },
    lists: async (id) => (await places.find((one) => one.has(id))?.lists(id)) ?? false,
    verify: async () => ({ works: sentence`Files need no authorization.` }),
  };
}

/** One kind of place that files are taken from: each names its files in a way of its own. */
export interface FileCollection {
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
