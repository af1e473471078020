/**
 * The pages of a scan, one after another. Lytics gives them in no fixed order, and only by the cursor of the
 * page before.
 */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Entity, Page } from './answers.ts';
import type { FetchedPage } from './client.ts';
import { LoopGuard } from './loop-guard.ts';

export interface Walk {
  /** Fetches one page. Its signal also aborts when the consumer stops early. */
  readonly read: (cursor: string | undefined, signal: AbortSignal) => Promise<FetchedPage>;
  /** A text to recognise a member. Empty for a member without a value. */
  readonly recordOf: (member: Entity) => string;
  /** The first cursor. @default the beginning */
  readonly start?: string;
  readonly signal?: AbortSignal;
}

export interface WalkedPage extends Page {
  /** The cursor from which a later walk can continue after this page. Undefined when there is none. */
  readonly place: string | undefined;
}

/**
 * Reads pages until none follows, or until Lytics gives nothing new (loop-guard.ts). A short or empty page is
 * not the end. It fetches one page ahead, never more, so a slow consumer does not fill the memory.
 *
 * A repeated cursor means that Lytics itself stores the position and moves it with every answer. Then no walk
 * can continue from a cursor, and a lost answer loses its members. Such a walk must start again.
 * @throws {LineupError} `source_expired` when the walk must start again; `source_failed` for a cycle; errors
 *   of `read`
 */
export async function* readPages({ read, recordOf, start, signal }: Walk): AsyncGenerator<WalkedPage, void> {
  const leaving = new AbortController();
  const either = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal;
  const guard = new LoopGuard(start);
  const ask = (cursor: string | undefined) => {
    const asked = read(cursor, either);
    // The failure is reported when this page is awaited.
    asked.catch(() => {});
    return asked;
  };
  try {
    let cursor = start;
    let lost = false;
    let coming: Promise<FetchedPage> | undefined = ask(cursor);
    while (coming) {
      const page: FetchedPage = await coming;
      const { next, members, total } = page;
      const verdict = guard.takes({ next, records: members.map(recordOf), total });
      // The first request has no cursor, so sending it twice moves nothing.
      lost ||= page.lost && cursor !== undefined;
      if (guard.repeats && (lost || start !== undefined)) throw placeLost();
      if (verdict === 'circle') throw circle();
      if (verdict === 'over') return;
      // Only the second cursor shows whether cursors repeat.
      const place = guard.repeats || cursor === undefined ? undefined : next;
      cursor = next;
      coming = verdict === 'last' ? undefined : ask(next);
      yield { ...page, place };
    }
  } finally {
    leaving.abort();
  }
}

function circle(): LineupError {
  return new LineupError(
    'source_failed',
    sentence`Lytics gives the same members again and again, and fewer than it counts itself. Try again; if it stays so, tell Lytics.`,
    { retryable: true },
  );
}

function placeLost(): LineupError {
  return new LineupError(
    'source_expired',
    sentence`Lytics gives every page under the same cursor, so a scan that was broken off cannot go on. It must begin anew.`,
    { retryable: true },
  );
}
