import { useCallback, useEffect, useRef } from 'react';

/**
 * Whether the person is still at this part of the page when an answer comes: who has gone elsewhere meanwhile is not taken to what
 * was made.
 */
export function useStillHere(): () => boolean {
  const here = useRef(false);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  return useCallback(() => here.current, []);
}
