/** What somebody has typed, kept over reloads and the end of a session in this tab, for them alone; never a secret. */
import { useEffect, useState } from 'react';
import { useMe } from './me.ts';

const PREFIX = 'lineup.draft.';
const prefixOf = (person: string): string => `${PREFIX}${person}.`;

const names = (): string[] => Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX));

/** Somebody has come in: what others typed in this tab is none of their business. */
export function keepDraftsOf(person: string): void {
  for (const name of names()) if (!name.startsWith(prefixOf(person))) sessionStorage.removeItem(name);
}

export function forgetDrafts(): void {
  for (const name of names()) sessionStorage.removeItem(name);
}

export const hasDrafts = (): boolean => names().length > 0;

function read<T extends object>(name: string, initial: T): T {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(name) ?? 'null');
    return { ...initial, ...(kept as Partial<T> | null) };
  } catch {
    return initial;
  }
}

/**
 * @param key names the form; a thing that is edited has its own
 * @returns the draft, a change to some of it, and the end of it: it was saved
 */
export function useDraft<T extends object>(key: string, initial: T) {
  const name = prefixOf(useMe().id) + key;
  const [draft, setDraft] = useState(() => read(name, initial));
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (done) sessionStorage.removeItem(name);
    else if (draft !== initial) sessionStorage.setItem(name, JSON.stringify(draft));
  }, [name, draft, initial, done]);
  return {
    draft,
    change: (part: Partial<T>) => setDraft((before) => ({ ...before, ...part })),
    forget: () => {
      sessionStorage.removeItem(name);
      setDone(true);
    },
  };
}
