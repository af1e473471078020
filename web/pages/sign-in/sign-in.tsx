/** Sign-in, in place of the page that was asked for: afterwards that page is there. */
import { Alert, Button, Divider, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useChange } from '../../api/change.ts';
import { beginSingleSignOn, signIn, signInQuery } from '../../api/sign-in.ts';
import { Failure } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { hasDrafts } from '../../lib/draft-storage.ts';
import { sessionEnded } from '../../lib/last-person.ts';
import { SignInFrame } from './frame.tsx';

export function SignInPage() {
  const { t } = useTranslation();
  const ways = useQuery(signInQuery);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const entry = useMutation(signIn);
  const singleSignOn = useChange(beginSingleSignOn, { onSuccess: ({ url }) => location.assign(url) });
  const askedFor = () => (location.pathname === '/sign-in' ? '/' : `${location.pathname}${location.search}`);

  if (ways.data?.setup_needed) {
    return <SignInFrame title={t('signIn.setupNeeded')} lead={t('signIn.setupNeeded.detail')} />;
  }
  return (
    <SignInFrame title={t('signIn.title')}>
      {sessionEnded() && (
        <Alert variant="default" role="alert">
          {t(hasDrafts() ? 'signIn.ended.kept' : 'signIn.ended')}
        </Alert>
      )}
      {new URLSearchParams(location.search).has('error') && (
        <Alert color="red" role="alert">
          {t('signIn.refused')}
        </Alert>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          entry.mutate({ email, password });
        }}
      >
        <Stack gap="md">
          <TextInput
            label={t('signIn.email')}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('signIn.password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
          />
          {entry.error && <Failure error={entry.error} />}
          <Button type="submit" loading={entry.isPending} fullWidth>
            {t('signIn.submit')}
          </Button>
        </Stack>
      </form>
      {ways.data?.single_sign_on && (
        <>
          <Divider label={t('signIn.or')} />
          {singleSignOn.error && <Failure error={singleSignOn.error} />}
          <Button
            variant="default"
            fullWidth
            loading={singleSignOn.isPending}
            onClick={() => singleSignOn.mutate(askedFor())}
          >
            {t('signIn.with', { provider: ways.data.single_sign_on.label })}
          </Button>
        </>
      )}
    </SignInFrame>
  );
}
