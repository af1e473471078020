/** The signed-in person, for everything within the frame of the pages. */
import { createContext, useContext } from 'react';
import type { Operation } from '../../src/domain/people/people.ts';
import type { Me } from '../api/me.ts';

export const MeContext = createContext<Me | null>(null);

/**
 * The signed-in person, and whether they may perform an operation. The pages do not offer what the server would refuse.
 */
export function useMe(): Me & { may: (operation: Operation) => boolean } {
  const me = useContext(MeContext);
  if (!me) throw new Error('useMe outside SignedIn');
  return { ...me, may: (operation) => me.operations.includes(operation) };
}
