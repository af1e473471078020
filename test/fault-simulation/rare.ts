/** What so seldom happens that a test knows the seeds of histories which show it. */

export interface Rare {
  /** The seeds of histories which together show all that is rare. */
  readonly known: readonly number[];
  /** The seeds that are tried if these do so no more, because a change of the program has moved the histories. */
  readonly from: number;
  readonly to: number;
  readonly isComplete: () => boolean;
  /** Plays a history. @returns whether it showed something that was missing */
  readonly play: (seed: number) => Promise<boolean>;
}

/**
 * Plays histories until all was seen. If others than the known ones were needed, one line says which ones to write
 * down.
 */
export async function seeRare({ known, from, to, isComplete, play }: Rare): Promise<void> {
  const useful: number[] = [];
  for (const seed of seeds(known, from, to)) {
    if (isComplete()) break;
    if (await play(seed)) useful.push(seed);
  }
  if (useful.join() !== known.join())
    console.warn(`Seeds ${known.join(', ')} show what is rare no more: write down ${useful.join(', ')}.`);
}

function* seeds(known: readonly number[], from: number, to: number): Generator<number> {
  yield* known;
  for (let seed = from; seed <= to; seed += 1) yield seed;
}
