/**
 * Code that is loaded when it is needed. React's `lazy` is not used because it keeps a placeholder on the screen for
 * 300 ms, even when the code is already loaded.
 */
import { useEffect, useState } from 'react';
import { loadLaterMessages } from '../i18n/messages.ts';

export interface Later<Part> {
  /** Undefined until it is loaded. */
  readonly part: Part | undefined;
  readonly fetch: () => Promise<Part>;
}

export function later<Part>(load: () => Promise<Part>): Later<Part> {
  let part: Part | undefined;
  return {
    get part() {
      return part;
    },
    fetch: async () => {
      if (part) return part;
      const [code] = await Promise.all([load(), loadLaterMessages()]);
      part ??= code;
      return part;
    },
  };
}

/** Loads code before it is needed, because the server may be away later. */
export const preload = (code: Later<unknown>): void => void code.fetch().catch(() => {});

/**
 * It is loaded after the first load of the page even when it is not wanted yet, because the server may be away later.
 * @returns undefined until the code is wanted and loaded. @throws the error of loading
 */
export function useLater<Part>(code: Later<Part>, isWanted = true): Part | undefined {
  // Kept in the state too: in development new code replaces the code on the screen, and arrives a moment later.
  const [shown, show] = useState(code.part);
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => afterFirstLoad(() => preload(code)), [code]);
  useEffect(() => {
    if (isWanted && !code.part) code.fetch().then(show, setFailure);
  }, [code, isWanted]);
  if (failure !== undefined) throw failure;
  return isWanted ? (code.part ?? shown) : undefined;
}

const QUIET_MS = 3_000;

const quiet = new Promise<void>((resolve) => {
  setTimeout(resolve, QUIET_MS);
});

/**
 * Calls `then` after the first load, or soon when that is over. What a page may need later waits for it. @returns a
 * function that cancels the call
 */
export function afterFirstLoad(then: () => void): () => void {
  let wanted = true;
  void quiet.then(() => {
    if (wanted) then();
  });
  return () => {
    wanted = false;
  };
}
