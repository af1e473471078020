/** The stops of a chart, to which the pointer and the keys go. */

/** Which stop is the nearest one to a place. */
export const nearest = (stops: readonly { readonly at: number }[], at: number): number =>
  stops.reduce((best, stop, index) => (Math.abs(stop.at - at) < Math.abs(stops[best]!.at - at) ? index : best), 0);

const PAGE = 10;

/** Where a key leads from a stop; undefined for a key that does not move. */
export function moved(key: string, from: number, count: number): number | undefined {
  const to = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    PageUp: from - PAGE,
    PageDown: from + PAGE,
    Home: 0,
    End: count - 1,
  }[key];
  return to === undefined ? undefined : Math.max(0, Math.min(count - 1, to));
}
