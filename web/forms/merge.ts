/**
 * Two people have changed the same thing. What the one has typed stays; what the other has saved is taken over where
 * the first has changed nothing.
 */

export interface Merged<Values> {
  readonly values: Values;
  /** What the other has saved, and is in the values now: its paths. */
  readonly taken: readonly string[];
  /** What both have changed. The values have what was typed; this is what the other has saved. */
  readonly kept: readonly { readonly path: string; readonly saved: unknown }[];
}

/**
 * @param before as both have found it
 * @param saved as the other has left it
 * @param typed as it was left here
 */
export function merge<Values extends object>(before: Values, saved: Values, typed: Values): Merged<Values> {
  const values: Record<string, unknown> = {};
  const taken: string[] = [];
  const kept: { path: string; saved: unknown }[] = [];
  for (const key of new Set([...Object.keys(saved), ...Object.keys(typed)])) {
    const [was, theirs, mine] = [before, saved, typed].map((all) => (all as Record<string, unknown>)[key]);
    if (isSame(was, theirs) || isSame(mine, theirs)) values[key] = mine;
    else if (isGroup(was) && isGroup(theirs) && isGroup(mine)) {
      const inner = merge(was, theirs, mine);
      values[key] = inner.values;
      taken.push(...inner.taken.map((path) => `${key}.${path}`));
      kept.push(...inner.kept.map(({ path, ...rest }) => ({ path: `${key}.${path}`, ...rest })));
    } else if (isSame(was, mine)) {
      values[key] = theirs;
      taken.push(key);
    } else {
      values[key] = mine;
      kept.push({ path: key, saved: theirs });
    }
  }
  return { values: values as Values, taken, kept };
}

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The values of forms are plain data. */
function isSame(value: unknown, other: unknown): boolean {
  if (value === other) return true;
  if (typeof value !== 'object' || typeof other !== 'object' || value === null || other === null) return false;
  const keys = new Set([...Object.keys(value), ...Object.keys(other)]);
  return [...keys].every((key) =>
    isSame((value as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
  );
}
