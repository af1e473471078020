/** The pages of a scan, one after the other: Lytics promises neither an order nor that one can be asked out of turn. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Entity, Page } from './answers.ts';
import type { AskedPage } from './client.ts';
import { LoopGuard } from './loop-guard.ts';

export interface Walk {
  /** Gets one page; its signal aborts when the walk is left early, too. */
  readonly read: (cursor: string | undefined, signal: AbortSignal) => Promise<AskedPage>;
  /** What tells members apart; empty for one without a value. */
  readonly recordOf: (member: Entity) => string;
  /** Where to begin. @default at the beginning */
  readonly start?: string;
  readonly signal?: AbortSignal;
}

export interface WalkedPage extends Page {
  /** The cursor from which a later walk could go on after this page; undefined where none does. */
  readonly place: string | undefined;
}

/**
 * Reads page after page until none follows, or Lytics gives nothing new any more (loop-guard.ts); a short or empty page is not
 * the last. While a page is used the next one is on its way, never more: whoever takes his time is not overrun.
 *
 * A cursor that comes again shows that Lytics itself keeps the place and moves it with every answer. Then nobody can go on from
 * a cursor, and an answer that got lost takes its members with it: such a walk must begin anew.
 * @throws {LineupError} `source_expired` when the walk must begin anew; `source_failed` when it runs in a circle; what `read`
 * throws
 */
export async function* readPages({ read, recordOf, start, signal }: Walk): AsyncGenerator<WalkedPage, void> {
  const leaving = new AbortController();
  const either = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal;
  const guard = new LoopGuard(start);
  const ask = (cursor: string | undefined) => {
    const asked = read(cursor, either);
    // Its failure is met when its turn comes.
    asked.catch(() => {});
    return asked;
  };
  try {
    let cursor = start;
    let lost = false;
    let coming: Promise<AskedPage> | undefined = ask(cursor);
    while (coming) {
      const page: AskedPage = await coming;
      const { next, members, total } = page;
      const verdict = guard.takes({ next, records: members.map(recordOf), total });
      // The first page has no cursor that a second request could have moved on.
      lost ||= page.lost && cursor !== undefined;
      if (guard.repeats && (lost || start !== undefined)) throw lostItsPlace();
      if (verdict === 'circle') throw circle();
      if (verdict === 'over') return;
      // Whether cursors stay the same shows with the second one.
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

function lostItsPlace(): LineupError {
  return new LineupError(
    'source_expired',
    sentence`Lytics gives every page under the same cursor, so a scan that was broken off cannot go on. It must begin anew.`,
    { retryable: true },
  );
}
