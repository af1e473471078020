/** The same audience in two destinations, of which one has taken over the audiences of the other. Pure. */

interface Named {
  readonly id: string;
  readonly name: string;
}

interface TakenOver extends Named {
  /** Null: it is not told. */
  readonly originalId: string | null;
}

export interface Twin<List> {
  /** The audience that was looked for. */
  readonly audienceId: string;
  /** By its name, it is only a hint: two audiences may have the same one. */
  readonly match: 'id' | 'name';
  readonly list: List;
}

/** Names are compared as people read them. */
const readName = (name: string): string => name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ');

/** A list whose original is known is the twin of that audience alone, whatever its name. */
export function twinsAmong<List extends TakenOver>(
  audiences: readonly Named[],
  lists: readonly List[],
): readonly Twin<List>[] {
  const byOriginal = Map.groupBy(lists, ({ originalId }) => originalId);
  const byName = Map.groupBy(byOriginal.get(null) ?? [], ({ name }) => readName(name));
  return audiences.flatMap(({ id, name }) => [
    ...(byOriginal.get(id) ?? []).map((list) => ({ audienceId: id, match: 'id', list }) as const),
    ...(byName.get(readName(name)) ?? []).map((list) => ({ audienceId: id, match: 'name', list }) as const),
  ]);
}
