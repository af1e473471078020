/**
 * A change that lets people back into live audiences needs the word of a person who has seen how many:
 * src/domain/jobs/let-in.ts.
 */
import { LineupError } from '../domain/errors/errors.ts';
import type { LetIn } from '../domain/jobs/let-in.ts';
import { joinSentences, sentence } from '../domain/text/sentence.ts';

/**
 * @param found what the change does; undefined when it lets nobody in
 * @param confirmed the number that a person has seen
 * @throws {LineupError} `action_not_allowed` with what is true now
 */
export function assertConfirmed(found: LetIn | undefined, confirmed: number | undefined): void {
  if (!found || found.members === confirmed) return;
  throw new LineupError(
    'action_not_allowed',
    joinSentences(
      found.what,
      sentence`Nothing was changed. If this is what you want, confirm it with let_in=${String(found.members)}.`,
    ),
  );
}

/** For the audit log: what was confirmed. */
export const letInDetail = (found: LetIn | undefined) => found && { let_in: found.members };
