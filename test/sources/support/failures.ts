/** Checks that errors hold no secret. */
import { inspect } from 'node:util';
import { expect } from 'vitest';
import { inEnglish, type Sentence } from '../../../src/domain/text/sentence.ts';

/** Everything that an error holds, not only its message, in one text. */
export const everythingIn = (failure: unknown): string => inspect(failure, { depth: 9, showHidden: true });

/** The sentence of a first connection, or its error. It must not hold the password, `hunter2`. */
export async function outcomeOf(connecting: Promise<Sentence>): Promise<unknown> {
  const outcome = await connecting.then(inEnglish, (error: unknown) => error);
  expect(everythingIn(outcome)).not.toContain('hunter2');
  return outcome;
}
