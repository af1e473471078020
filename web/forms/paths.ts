/** Paths of the fields of a form: keys joined with dots, `a.siblings.0.name`. */

/** The paths after an item of a list was removed: its own are gone, and the items after it move up. */
export function withoutItem(paths: ReadonlySet<string>, list: string, index: number): ReadonlySet<string> {
  const moved = [...paths].flatMap((path) => {
    if (!path.startsWith(`${list}.`)) return [path];
    const [item, ...rest] = path.slice(list.length + 1).split('.');
    const at = Number(item);
    if (at === index) return [];
    return at > index ? [[list, at - 1, ...rest].join('.')] : [path];
  });
  return new Set(moved);
}
