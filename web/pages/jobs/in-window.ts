/**
 * Which lines of a long table are in the window. All have one height, so it is a division: a library for lines of any
 * height would be half of the page's code.
 */

/** In pixels. */
export interface Frame {
  /** How far the page is scrolled. */
  readonly scrolled: number;
  /** The height of the window. */
  readonly view: number;
  /** Where the first line is in the page. */
  readonly top: number;
  /** Of one line. */
  readonly line: number;
}

/** Lines before and after the window that are in the page, too, so that nobody sees them arrive. */
const NEAR = 6;

/** The first and the last line near the window. @returns an empty range (0 to -1) when there is no line */
export function linesInWindow({ scrolled, view, top, line }: Frame, count: number): readonly [number, number] {
  const first = Math.floor((scrolled - top) / line) - NEAR;
  const last = Math.ceil((scrolled + view - top) / line) + NEAR;
  const within = (index: number) => Math.max(0, Math.min(count - 1, index));
  return count === 0 ? [0, -1] : [within(first), within(last)];
}

/** How far to scroll so that a line is in the window, `margin` pixels away from its edges; undefined when it is. */
export function scrollTo(index: number, { scrolled, view, top, line }: Frame, margin: number): number | undefined {
  const begin = top + index * line;
  if (begin < scrolled + margin) return Math.max(0, begin - margin);
  const end = begin + line;
  return end > scrolled + view - margin ? end - view + margin : undefined;
}
