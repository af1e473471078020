/** The frame of every page for signed-in people. It shows the sign-in page instead when nobody is signed in. */

import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useMatches, useRouter } from '@tanstack/react-router';
import { useEffect, useLayoutEffect, useState } from 'react';
import { meQuery } from '../api/me.ts';
import { useTimeZone, useTranslation } from '../i18n/provider.tsx';
import { cameIn } from '../lib/last-person.ts';
import { afterFirstLoad, later, preload, useLater } from '../lib/later.ts';
import { MeContext, useMe } from '../lib/me.ts';
import { fetchDialog } from './dialog.tsx';
import { fetchMenu } from './later-menu.tsx';
import { PageLayout } from './page-layout.tsx';
import { Shell } from './shell.tsx';
import { Failure, Loading } from './states.tsx';

const signIn = later(() => import('../pages/sign-in/sign-in.tsx'));

/**
 * Loads the pages that have not been opened yet. A loaded page can say that the server is away; otherwise the browser would show
 * an error page of its own.
 */
function useAllPages(): void {
  const router = useRouter();
  useEffect(
    () =>
      afterFirstLoad(() => {
        for (const route of Object.values(router.routesById)) void router.loadRouteChunk(route);
        preload(signIn);
        fetchDialog();
        fetchMenu();
      }),
    [router],
  );
}

/** Whether the code of the first page is loaded. If the page itself waited, React would keep its placeholder for 300 ms. */
function useFirstPage(person: string | undefined): boolean {
  const router = useRouter();
  const [isHere, setHere] = useState(false);
  useEffect(() => {
    const match = router.state.matches.at(-1);
    if (person === undefined || !match) return;
    const show = () => setHere(true);
    // The page itself shows the error.
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
  // An earlier answer is good enough while the server is away.
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

/** The requested page, if the person may see it. This is the only place that checks. */
function Permitted() {
  const { t } = useTranslation();
  const { role, may } = useMe();
  const needs = useMatches({ select: (matches) => matches.at(-1)?.staticData.needs });
  if (!needs || may(needs)) return <Outlet />;
  return (
    <PageLayout title={t('error.not_permitted')} back={{ to: '/', label: t('nav.jobs') }}>
      <Text>{t('state.noPermission', { role: t(`role.${role}`) })}</Text>
    </PageLayout>
  );
}
