/** Who is signed in in this tab, kept until they sign out: a session that ends by itself is told from one that never was. */
import { forgetDrafts, keepDraftsOf } from './draft-storage.ts';

const NAME = 'lineup.person';

export function cameIn(person: string): void {
  keepDraftsOf(person);
  sessionStorage.setItem(NAME, person);
}

export function signedOut(): void {
  forgetDrafts();
  sessionStorage.removeItem(NAME);
}

/** Nobody is signed in any more, though nobody signed out here. */
export const sessionEnded = (): boolean => sessionStorage.getItem(NAME) !== null;
