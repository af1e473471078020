/** What somebody has typed, kept over reloads in this tab; never a secret. */
import { useEffect, useState } from 'react';

const nameOf = (key: string): string => `lineup.draft.${key}`;

function read<T extends object>(key: string, initial: T): T {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(nameOf(key)) ?? 'null');
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
  const [draft, setDraft] = useState(() => read(key, initial));
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (done) sessionStorage.removeItem(nameOf(key));
    else if (draft !== initial) sessionStorage.setItem(nameOf(key), JSON.stringify(draft));
  }, [key, draft, initial, done]);
  return {
    draft,
    change: (part: Partial<T>) => setDraft((before) => ({ ...before, ...part })),
    forget: () => {
      sessionStorage.removeItem(nameOf(key));
      setDone(true);
    },
  };
}
