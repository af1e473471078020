/** The frame of a page: navigation beside it, or behind a button on a narrow screen. */
import { Burger, Divider, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useLocation, useMatches } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { useChange } from '../api/change.ts';
import { signOut } from '../api/me.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { signedOut } from '../lib/last-person.ts';
import { afterFirstLoad } from '../lib/later.ts';
import { useMe } from '../lib/me.ts';
import { Commands } from './commands.tsx';
import { fetchDialog } from './dialog.tsx';
import { fetchMenu, LaterMenu } from './later-menu.tsx';
import { administration, type Entry, work } from './navigation.ts';
import { PageLayout } from './page-layout.tsx';
import { Preferences } from './preferences.tsx';

/** A large button around a small icon, which stays at the edge. */
const forFinger = { size: 'sm', w: 44, h: 44, p: 13, mr: -8 } as const;

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [opened, menu] = useDisclosure();
  const { pathname } = useLocation();
  const opener = useRef<HTMLButtonElement>(null);
  const closer = useRef<HTMLButtonElement>(null);
  // The two buttons replace each other, so the focus goes to the one that is visible.
  const toggle = () => {
    menu.toggle();
    setTimeout(() => (opened ? opener : closer).current?.focus());
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: going to another page closes the menu
  useEffect(menu.close, [pathname]);
  useEffect(
    () =>
      afterFirstLoad(() => {
        fetchDialog();
        fetchMenu();
      }),
    [],
  );

  return (
    <>
      <a className="skip-link" href="#page">
        {t('nav.skip')}
      </a>
      <header className="top-bar">
        <Brand />
        <Burger
          ref={opener}
          {...forFinger}
          opened={opened}
          onClick={toggle}
          aria-label={t('nav.menu')}
          aria-expanded={opened}
        />
      </header>
      <nav className="navigation" data-opened={opened || undefined} aria-label={t('nav.label')}>
        <Group justify="space-between" px={10} pt={6} pb="lg">
          <Brand />
          <Burger
            ref={closer}
            {...forFinger}
            className="navigation-closer"
            opened={opened}
            onClick={toggle}
            aria-label={t('nav.menu')}
            aria-expanded={opened}
          />
        </Group>
        <Commands />
        <Stack gap={2} style={{ flex: 1 }}>
          <Links entries={work} />
          <Links entries={administration} heading={t('nav.administration')} />
        </Stack>
        <Divider my="xs" color="var(--lineup-border)" />
        <Footer />
      </nav>
      <main id="page" tabIndex={-1}>
        <div className="page-width">{children}</div>
      </main>
    </>
  );
}

/** The requested page, if the person may see it. This is the only place that checks. */
export function Permitted() {
  const { t } = useTranslation();
  const { role, may } = useMe();
  const needs = useMatches({ select: (matches) => matches.at(-1)?.staticData.needs });
  if (!needs || may(needs)) return <Outlet />;
  return (
    <PageLayout title={t('error.not_permitted')} back={{ to: '/', label: t('nav.overview') }}>
      <Text>{t('state.noPermission', { role: t(`role.${role}`) })}</Text>
    </PageLayout>
  );
}

function Brand() {
  return (
    <Group gap={9}>
      <img src="/favicon.svg" width={24} height={24} alt="" />
      <Text fw={680} fz={17} lts={-0.2}>
        Lineup
      </Text>
    </Group>
  );
}

function Links({ entries, heading }: { entries: readonly Entry[]; heading?: string }) {
  const { t } = useTranslation();
  const { may } = useMe();
  const shown = entries.filter((entry) => may(entry.needs));
  if (shown.length === 0) return null;
  return (
    <>
      {heading && (
        <Text fz={12} c="dimmed" fw={550} px={10} pt="lg" pb={4}>
          {heading}
        </Text>
      )}
      {shown.map(({ to, label, icon: Icon }) => (
        <Link key={to} to={to} className="nav-link" activeOptions={{ exact: to === '/', includeSearch: false }}>
          <Icon />
          {t(label)}
        </Link>
      ))}
    </>
  );
}

function Footer() {
  const { t } = useTranslation();
  const me = useMe();
  const leave = useChange(signOut, { onSuccess: signedOut });
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <LaterMenu
        position="top-start"
        width={200}
        items={[
          { key: 'account', label: t('account.title'), to: { to: '/account' } },
          { key: 'sign-out', label: t('nav.signOut'), onClick: () => leave.mutate() },
        ]}
        button={(props) => (
          <UnstyledButton px={10} py={6} style={{ minWidth: 0 }} {...props}>
            <Text fz="sm" fw={550} truncate>
              {me.name}
            </Text>
            <Text fz={12} c="dimmed">
              {t(`role.${me.role}`)}
            </Text>
          </UnstyledButton>
        )}
      />
      <Preferences />
    </Group>
  );
}
