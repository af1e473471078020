/** Files as a source of the service. An audience's id says what kind of place its file is in. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { SourceProvider } from '../../sources/provider.ts';
import type { FilePlace } from './place.ts';

/** @param places in the order in which their files are listed */
export function fileSources(places: readonly FilePlace[]): SourceProvider {
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
