/** What somebody has typed, kept over reloads and the end of a session in this tab, for them alone; never a secret. */

const PREFIX = 'lineup.draft.';
/** How the names of a person's drafts begin. */
export const prefixOf = (person: string): string => `${PREFIX}${person}.`;

const names = (): string[] => Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX));

/** Somebody has signed in: nobody sees what others typed in this tab. */
export function keepDraftsOf(person: string): void {
  for (const name of names()) if (!name.startsWith(prefixOf(person))) sessionStorage.removeItem(name);
}

export function forgetDrafts(): void {
  for (const name of names()) sessionStorage.removeItem(name);
}

export const hasDrafts = (): boolean => names().length > 0;
