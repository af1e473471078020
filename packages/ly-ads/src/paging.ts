import { everyItem } from '../../client-core/src/request.ts';
import { type JsonObject, optionalNumber } from '../../client-core/src/validation.ts';
import { type Nullable, valuesOf } from './values.ts';

interface Entries<T> {
  items: T[];
  totalNumEntries: number | null;
}

/** One page of an answer. @throws {AnswerError} */
export const entriesOf = <T>(
  rval: JsonObject,
  entity: string,
  read: (value: Nullable) => T | undefined,
): Entries<T> => ({
  items: valuesOf(rval, entity, read),
  totalNumEntries: optionalNumber(rval.totalNumEntries) ?? null,
});

/** Where a page begins. LY counts entries, not pages. @param page from 1 */
export const placeOf = (page: number, numberResults: number) => ({
  startIndex: (page - 1) * numberResults + 1,
  numberResults,
});

/** Every entry, once. A page is requested when the loop reaches it. */
export function everyEntry<T>(
  pageOf: (page: number) => Promise<Entries<T>>,
  numberResults: number,
  idOf: (item: T) => string,
): AsyncIterableIterator<T> {
  const itemsOf = async (page: number) => {
    const { items, totalNumEntries } = await pageOf(page);
    return { items, hasNext: totalNumEntries === null ? undefined : page * numberResults < totalNumEntries };
  };
  return everyItem(itemsOf, idOf);
}
