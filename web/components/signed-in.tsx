/** The frame of every page but those for coming in; shows the sign-in in its place to whoever is not signed in. */
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useLayoutEffect, useState } from 'react';
import { meQuery } from '../api/me.ts';
import { useTimeZone } from '../i18n/provider.tsx';
import { afterFirstLoad } from '../lib/first-load.ts';
import { cameIn } from '../lib/last-person.ts';
import { later, prepare, useLater } from '../lib/later.ts';
import { MeContext } from '../lib/me.ts';
import { fetchDialog } from './dialog.tsx';
import { fetchMenu } from './later-menu.tsx';
import { Permitted } from './permitted.tsx';
import { Shell } from './shell.tsx';
import { Failure, Loading } from './states.tsx';

const signIn = later(() => import('../pages/sign-in/sign-in.tsx'));

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
        prepare(signIn);
        fetchDialog();
        fetchMenu();
      }),
    [router],
  );
}

/**
 * Whether the code of the page that somebody comes to first is here. Within the page React would wait for it, and then go on
 * showing what stood in its place for 300 milliseconds.
 */
function useFirstPage(person: string | undefined): boolean {
  const router = useRouter();
  const [isHere, setHere] = useState(false);
  useEffect(() => {
    const match = router.state.matches.at(-1);
    if (person === undefined || !match) return;
    const show = () => setHere(true);
    // Whatever is wrong with it, the page says.
    Promise.resolve(router.loadRouteChunk(router.routesById[match.routeId])).then(show, show);
  }, [router, person]);
  return isHere;
}

export function SignedIn() {
  useAllPages();
  const me = useQuery(meQuery);
  const person = me.data?.id;
  const isPageHere = useFirstPage(person);
  const signInPart = useLater(signIn, me.data === null);
  useTimeZone(me.data?.time_zone ?? null);
  useLayoutEffect(() => {
    if (person !== undefined) cameIn(person);
  }, [person]);
  // An answer from before is as good while the server is away.
  if (me.data) {
    return (
      <MeContext value={me.data}>
        <Shell>{isPageHere ? <Permitted /> : <Loading />}</Shell>
      </MeContext>
    );
  }
  if (me.isPending) return <Loading />;
  if (me.isError) return <Failure error={me.error} onRetry={() => me.refetch()} />;
  return signInPart ? <signInPart.SignInPage /> : <Loading />;
}
