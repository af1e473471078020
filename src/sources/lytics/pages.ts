/** The pages of a scan, one after the other: Lytics promises neither an order nor that one can be asked out of turn. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Page } from './answers.ts';
import { LoopGuard } from './loop-guard.ts';

/**
 * Reads page after page until none follows; a short or empty page is not the last. While a page is used the next one is
 * on its way, never more: whoever takes his time is not overrun.
 * @param read gets one page; its signal aborts when the walk is left early, too
 * @param start where to begin; undefined: at the beginning
 * @throws {LineupError} `source_failed` when a cursor comes again, and what `read` throws
 */
export async function* readPages(
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page>,
  start: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Page, void> {
  const leaving = new AbortController();
  const either = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal;
  const guard = new LoopGuard();
  if (start !== undefined) guard.returns(start);
  const ask = (cursor: string | undefined) => {
    const asked = read(cursor, either);
    // Its failure is met when its turn comes.
    asked.catch(() => {});
    return asked;
  };
  try {
    let coming: Promise<Page> | undefined = ask(start);
    while (coming) {
      const page: Page = await coming;
      if (page.next !== undefined && guard.returns(page.next)) throw circle();
      coming = page.next === undefined ? undefined : ask(page.next);
      yield page;
    }
  } finally {
    leaving.abort();
  }
}

function circle(): LineupError {
  return new LineupError(
    'source_failed',
    sentence`Lytics gave the same cursor twice, so the scan would never end. Try again; if it stays so, tell Lytics.`,
    { retryable: true },
  );
}
