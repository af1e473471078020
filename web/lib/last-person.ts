/**
 * Remembers who is signed in in this tab until they sign out. So a session that has expired differs from one that never
 * was.
 */
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

/** Whether the session has ended without a sign-out in this tab. */
export const sessionEnded = (): boolean => sessionStorage.getItem(NAME) !== null;
