/** The frame of every page but those for coming in; shows the sign-in in its place to whoever is not signed in. */
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { createContext, lazy, Suspense, useContext, useEffect, useLayoutEffect } from 'react';
import type { Operation } from '../../src/contracts/permissions.ts';
import { type Me, meQuery } from '../api/queries.ts';
import { useTimeZone } from '../i18n/provider.tsx';
import { afterFirstLoad } from '../lib/first-load.ts';
import { cameIn } from '../lib/last-person.ts';
import { fetchDialog } from './dialog.tsx';
import { fetchMenu } from './later-menu.tsx';
import { Permitted } from './permitted.tsx';
import { Shell } from './shell.tsx';
import { Failure, Loading } from './states.tsx';

const signInPage = () => import('../pages/sign-in/sign-in.tsx');
const SignInPage = lazy(signInPage);

/**
 * Fetches the pages that nobody has gone to yet: one that is here says what is wrong when the server is away, where the
 * browser would show a page of its own in the app's place.
 */
function useAllPages(): void {
  const router = useRouter();
  useEffect(
    () =>
      afterFirstLoad(() => {
        for (const route of Object.values(router.routesById)) void router.loadRouteChunk(route);
        signInPage().catch(() => {});
        fetchDialog();
        fetchMenu();
      }),
    [router],
  );
}

const MeContext = createContext<Me | null>(null);

/** Whoever is signed in, and whether they may do something: what would be refused is not shown. */
export function useMe(): Me & { may: (operation: Operation) => boolean } {
  const me = useContext(MeContext);
  if (!me) throw new Error('useMe outside SignedIn');
  return { ...me, may: (operation) => me.operations.includes(operation) };
}

export function SignedIn() {
  useAllPages();
  const me = useQuery(meQuery);
  const person = me.data?.id;
  useTimeZone(me.data?.time_zone ?? null);
  useLayoutEffect(() => {
    if (person !== undefined) cameIn(person);
  }, [person]);
  // An answer from before is as good while the server is away.
  if (me.data) {
    return (
      <MeContext value={me.data}>
        <Shell>
          <Permitted />
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
