export interface Page<T> {
  items: T[];
  /** Whether LINE says that more follows; undefined when it does not say. */
  hasNext: boolean | undefined;
}

/**
 * Every item of a paged list, a request a page, made when the reader gets there. An item that moves to a later page
 * while the pages are read (somebody made or deleted one) is given once. A page without anything new ends the list,
 * so that a server which repeats itself ends it, too.
 */
export async function* everyItem<T extends { id: string | number }>(
  fetchPage: (page: number) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string | number>();
  for (let number = 1; ; number += 1) {
    const { items, hasNext } = await fetchPage(number);
    const fresh = items.filter(({ id }) => !seen.has(id));
    for (const item of fresh) seen.add(item.id);
    yield* fresh;
    if (hasNext === false || fresh.length === 0) return;
  }
}
