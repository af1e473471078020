/** The page that was asked for, when its reader may see it: the one place that looks. */
import { Text } from '@mantine/core';
import { Outlet, useMatches } from '@tanstack/react-router';
import { useTranslation } from '../i18n/provider.tsx';
import { useMe } from '../lib/me.ts';
import { PageLayout } from './page-layout.tsx';

export function Permitted() {
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
