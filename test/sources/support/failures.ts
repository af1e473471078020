/** What an error holds beside its message. */
import { inspect } from 'node:util';

/** All of it in one text, to find what it must not hold. */
export const everythingIn = (failure: unknown): string => inspect(failure, { depth: 9, showHidden: true });
