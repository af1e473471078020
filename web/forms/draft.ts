/**
 * The draft of a form in the storage of the tab. Of the pages with forms alone: what every page needs is in
 * lib/draft-storage.ts.
 */
import { useLayoutEffect, useMemo, useRef } from 'react';
import { prefixOf } from '../lib/draft-storage.ts';
import { useMe } from '../lib/me.ts';

/** Where a form keeps what was typed. */
export interface DraftStorage {
  readonly read: () => object;
  readonly write: (draft: object) => void;
  /** It was saved: nothing more is kept. */
  readonly forget: () => void;
  /** A person begins again. */
  readonly clear: () => void;
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
      clear: () => sessionStorage.removeItem(name),
    };
  }, [name]);
}

/** Writes what is typed, from the first change on. @param keep what of it is kept: never a secret */
export function useKeptDraft<Values extends object>(
  { write }: DraftStorage,
  values: Values,
  keep: (values: Values) => object = (all) => all,
): void {
  const last = useRef(values);
  // Before the change can be seen, so that a reload never loses what the page has shown.
  useLayoutEffect(() => {
    if (values === last.current) return;
    last.current = values;
    write(keep(values));
  });
}
