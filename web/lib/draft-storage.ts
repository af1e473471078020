/** What somebody has typed, kept over reloads and the end of a session in this tab, for them alone; never a secret. */
import { useEffect, useMemo, useState } from 'react';
import { useMe } from './me.ts';

const PREFIX = 'lineup.draft.';
const prefixOf = (person: string): string => `${PREFIX}${person}.`;

const names = (): string[] => Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX));

/** Somebody has signed in: nobody sees what others typed in this tab. */
export function keepDraftsOf(person: string): void {
  for (const name of names()) if (!name.startsWith(prefixOf(person))) sessionStorage.removeItem(name);
}

export function forgetDrafts(): void {
  for (const name of names()) sessionStorage.removeItem(name);
}

export const hasDrafts = (): boolean => names().length > 0;

/** Where a form keeps what was typed. */
export interface DraftStorage {
  readonly read: () => object;
  readonly write: (draft: object) => void;
  /** It was saved: nothing more is kept. */
  readonly forget: () => void;
}

/** @param key names the form; a form that edits something has a key for each thing */
export function useDraftStorage(key: string): DraftStorage {
  const name = prefixOf(useMe().id) + key;
  return useMemo(() => {
    let isSaved = false;
    return {
      read: () => {
        try {
          return JSON.parse(sessionStorage.getItem(name) ?? '{}');
        } catch {
          return {};
        }
      },
      write: (draft) => {
        if (!isSaved) sessionStorage.setItem(name, JSON.stringify(draft));
      },
      forget: () => {
        isSaved = true;
        sessionStorage.removeItem(name);
      },
    };
  }, [name]);
}

/**
 * @param key names the form; a thing that is edited has its own
 * @returns the draft, a change to some of it, and the end of it: it was saved
 */
export function useDraft<T extends object>(key: string, initial: T) {
  const { read, write, forget } = useDraftStorage(key);
  const [draft, setDraft] = useState((): T => ({ ...initial, ...read() }));
  useEffect(() => {
    if (draft !== initial) write(draft);
  }, [draft, initial, write]);
  return {
    draft,
    change: (part: Partial<T>) => setDraft((before) => ({ ...before, ...part })),
    forget,
  };
}
