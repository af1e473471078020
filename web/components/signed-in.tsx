/** The frame of every page for signed-in people. It shows the sign-in page instead when nobody is signed in. */

import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useLayoutEffect, useState } from 'react';
import { meQuery } from '../api/me.ts';
import { OtherSide, useTimeZone } from '../i18n/provider.tsx';
import { fetchFirstPage } from '../lib/first-page.ts';
import { cameIn } from '../lib/last-person.ts';
import { afterFirstLoad, later, preload, useLater } from '../lib/later.ts';
import { MeContext } from '../lib/me.ts';
import { Failure, Loading } from './states.tsx';

/** The sign-in page does without it. It arrives together with the first page, which is asked for at the same moment. */
const shell = later(() => import('./shell.tsx'));
const signIn = later(() => import('../pages/sign-in/sign-in.tsx'));

/**
 * Loads the pages that have not been opened yet. A loaded page can say that the server is away; otherwise the browser
 * would show an error page of its own.
 */
function useAllPages(): void {
  const router = useRouter();
  useEffect(
    () =>
      afterFirstLoad(() => {
        for (const route of Object.values(router.routesById)) void router.loadRouteChunk(route);
        preload(signIn);
        preload(shell);
      }),
    [router],
  );
}

/**
 * Whether the code of the first page is loaded. If the page itself waited, React would keep its placeholder for 300 ms.
 */
function useFirstPage(person: string | undefined): boolean {
  const router = useRouter();
  const [isHere, setHere] = useState(false);
  useEffect(() => {
    if (person === undefined) return;
    const show = () => setHere(true);
    // The page itself shows the error.
    fetchFirstPage(router).then(show, show);
  }, [router, person]);
  return isHere;
}

export function SignedIn() {
  useAllPages();
  const me = useQuery(meQuery);
  const person = me.data?.id;
  const isPageHere = useFirstPage(person);
  const shellPart = useLater(shell, person !== undefined);
  const signInPart = useLater(signIn, me.data === null);
  useTimeZone(me.data?.time_zone ?? null);
  useLayoutEffect(() => {
    if (person !== undefined) cameIn(person);
  }, [person]);
  // An earlier answer is good enough while the server is away.
  if (me.data) {
    return shellPart ? (
      <MeContext value={me.data}>
        <OtherSide side={me.data.other_side ?? undefined}>
          <shellPart.Shell>{isPageHere ? <shellPart.Permitted /> : <Loading />}</shellPart.Shell>
        </OtherSide>
      </MeContext>
    ) : (
      <Loading />
    );
  }
  if (me.isPending) return <Loading />;
  if (me.isError) return <Failure error={me.error} onRetry={() => me.refetch()} />;
  return signInPart ? <signInPart.SignInPage /> : <Loading />;
}
