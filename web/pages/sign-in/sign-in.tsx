/** Sign-in, in place of the page that was asked for: afterwards that page is there. */
import { Alert, Button, Divider, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useChange } from '../../api/change.ts';
import { beginSingleSignOn, signIn, signInQuery } from '../../api/sign-in.ts';
import { Failure } from '../../components/states.tsx';
import { signInRules } from '../../forms/rules/people.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { hasDrafts } from '../../lib/draft-storage.ts';
import { sessionEnded } from '../../lib/last-person.ts';
import { SignInFrame } from './frame.tsx';

export function SignInPage() {
  const { t, tIfKnown } = useTranslation();
  const ways = useQuery(signInQuery);
  const entry = useMutation(signIn);
  const form = useApiForm({
    rules: signInRules,
    initialValues: { email: '', password: '' },
    body: (values) => values,
    save: entry,
  });
  const singleSignOn = useChange(beginSingleSignOn, { onSuccess: ({ url }) => location.assign(url) });
  // Only a code that we know, because anybody can make such an address.
  const refused = new URLSearchParams(location.search).get('error');
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
      {refused !== null && (
        <Alert color="red" role="alert">
          {tIfKnown(`signIn.refused.${refused}`, t('signIn.refused'))}
        </Alert>
      )}
      <form onSubmit={form.onSubmit((credentials) => entry.mutate(credentials))}>
        <Stack gap="md">
          <TextInput
            label={t('signIn.email')}
            type="email"
            autoComplete="username"
            withAsterisk={false}
            {...form.field('email')}
          />
          <PasswordInput
            label={t('signIn.password')}
            autoComplete="current-password"
            withAsterisk={false}
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
            {...form.field('password')}
          />
          {form.failure && <Failure error={form.failure} />}
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
