/** The frame of every page but those for coming in; shows the sign-in in its place to whoever is not signed in. */
import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { createContext, lazy, Suspense, useContext } from 'react';
import type { Operation } from '../../src/contracts/permissions.ts';
import { type Me, meQuery } from '../api/queries.ts';
import { Shell } from './shell.tsx';
import { Failure, Loading } from './states.tsx';

const SignInPage = lazy(() => import('../pages/sign-in/sign-in.tsx'));

const MeContext = createContext<Me | null>(null);

/** Whoever is signed in, and whether they may do something: what would be refused is not shown. */
export function useMe(): Me & { may: (operation: Operation) => boolean } {
  const me = useContext(MeContext);
  if (!me) throw new Error('useMe outside SignedIn');
  return { ...me, may: (operation) => me.operations.includes(operation) };
}

export function SignedIn() {
  const me = useQuery(meQuery);
  // An answer from before is as good while the server is away.
  if (me.data) {
    return (
      <MeContext value={me.data}>
        <Shell>
          <Outlet />
        </Shell>
      </MeContext>
    );
  }
  if (me.isPending) return <Loading />;
  if (me.isError) return <Failure error={me.error} onRetry={() => me.refetch()} />;
  return (
    <Suspense fallback={<Loading />}>
      <SignInPage />
    </Suspense>
  );
}
