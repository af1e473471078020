/** Credentials that were lost with their key (`forget.ts`), until a person enters them again. */
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';

/**
 * Stands for a lost configuration. It is no envelope, so an earlier version cannot open it either, and what that
 * version stores replaces it.
 */
export const LOST = 'lost';

/** What a person must do about the credentials of an authorization or a channel. */
export const enterAgain = (label: string): Sentence =>
  sentence`The credentials of “${label}” were lost with their encryption key. Enter them again.`;

/** @throws {LineupError} `credentials_lost` */
export function assertStored({ configuration, label }: { configuration: string; label: string }): void {
  if (configuration === LOST) throw new LineupError('credentials_lost', enterAgain(label));
}
