/**
 * Code that comes when it is wanted. Not with React's `lazy`, which holds back what has come: what stood in its place stays for 300
 * milliseconds, even when the code had been fetched before.
 */
import { useEffect, useState } from 'react';

export interface Later<Part> {
  /** Undefined until it has come. */
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
      part ??= await load();
      return part;
    },
  };
}

/** Has it here before somebody wants it, and the server is perhaps away. */
export const prepare = (code: Later<unknown>): void => void code.fetch().catch(() => {});

/** @returns undefined until it is wanted and has come. @throws why it cannot come */
export function useLater<Part>(code: Later<Part>, isWanted = true): Part | undefined {
  // Kept here, too: in development a changed code takes the place of one that is shown, and comes a moment later.
  const [shown, show] = useState(code.part);
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => {
    if (isWanted && !code.part) code.fetch().then(show, setFailure);
  }, [code, isWanted]);
  if (failure !== undefined) throw failure;
  return isWanted ? (code.part ?? shown) : undefined;
}
