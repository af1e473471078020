/** The first administrator, with the link from the server's log. Its token is in the fragment, which no server sees. */
import { Button, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useChange } from '../../api/change.ts';
import { setUp } from '../../api/sign-in.ts';
import { NewPassword } from '../../components/new-password.tsx';
import { Failure } from '../../components/states.tsx';
import { setupRules } from '../../forms/rules/people.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { CheckedLink } from './checked-link.tsx';

export function SetupPage() {
  const { t } = useTranslation();
  return (
    <CheckedLink kind="setup" title={t('setup.title')} lead={t('setup.lead')}>
      {(token) => <SetupForm key={token} token={token} />}
    </CheckedLink>
  );
}

function SetupForm({ token }: { token: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const create = useChange(setUp, { onUpdated: () => navigate({ to: '/', replace: true }) });
  const form = useApiForm({
    rules: setupRules,
    initialValues: { name: '', email: '', password: '' },
    body: (values) => ({
      token,
      ...values,
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
    save: create,
  });
  return (
    <form onSubmit={form.onSubmit((administrator) => create.mutate(administrator))}>
      <Stack gap="md">
        <TextInput label={t('setup.name')} autoComplete="name" withAsterisk={false} {...form.field('name')} />
        <TextInput
          label={t('signIn.email')}
          type="email"
          autoComplete="username"
          withAsterisk={false}
          {...form.field('email')}
        />
        <NewPassword {...form.field('password')} />
        {form.failure && <Failure error={form.failure} />}
        <Button type="submit" loading={create.isPending} fullWidth>
          {t('setup.submit')}
        </Button>
      </Stack>
    </form>
  );
}
