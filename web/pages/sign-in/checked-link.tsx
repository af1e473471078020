/** A page that a one-time link opens: whether the link is good is looked at before anything is typed. */
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiError } from '../../api/client.ts';
import { type LinkKind, linkQuery, signInQuery } from '../../api/sign-in.ts';
import { Failure, Loading } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { SignInFrame } from './frame.tsx';

interface CheckedLinkProps {
  readonly kind: LinkKind;
  readonly title: string;
  readonly lead: string;
  /** @param token the secret of the link */
  readonly children: (token: string) => ReactNode;
}

export function CheckedLink({ kind, title, lead, children }: CheckedLinkProps) {
  // The fragment, which no server sees; null on the way to another page, which has none.
  const token = useLocation({ select: ({ pathname, hash }) => (pathname === `/${kind}` ? hash : null) });
  const link = useQuery(linkQuery(kind, token));
  if (token === null) return null;
  const isUsed = link.error instanceof ApiError && ['not_permitted', 'invalid_argument'].includes(link.error.code);
  if (isUsed) return kind === 'setup' ? <UsedSetupLink /> : <UsedInvitation />;
  return (
    <SignInFrame title={title} lead={link.data ? lead : undefined}>
      {link.data ? (
        children(token)
      ) : link.error ? (
        <Failure error={link.error} onRetry={() => link.refetch()} />
      ) : (
        <Loading />
      )}
    </SignInFrame>
  );
}

function UsedInvitation() {
  const { t } = useTranslation();
  return (
    <SignInFrame title={t('link.used')}>
      <Text fz="sm">{t('link.used.ask')}</Text>
      <ToSignIn />
    </SignInFrame>
  );
}

function UsedSetupLink() {
  const { t } = useTranslation();
  const ways = useQuery(signInQuery);
  if (!ways.data) return <SignInFrame title={t('link.used')} />;
  if (ways.data.setup_needed) {
    return (
      <SignInFrame title={t('link.used')}>
        <Text fz="sm">{t('setup.newer')}</Text>
      </SignInFrame>
    );
  }
  return (
    <SignInFrame title={t('setup.done')}>
      <Text fz="sm">{t('setup.done.detail')}</Text>
      <ToSignIn />
    </SignInFrame>
  );
}

function ToSignIn() {
  const { t } = useTranslation();
  return (
    <Button variant="default" fullWidth renderRoot={(props) => <Link to="/" {...props} />}>
      {t('link.used.signIn')}
    </Button>
  );
}
