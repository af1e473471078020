import { useCallback, useEffect, useRef } from 'react';

/**
 * Whether the person is still at this part of the page when an answer arrives. If not, the page must not take them away
 * from where they are now.
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
