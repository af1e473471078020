/** The first administrator, with the link from the server's log. Its token is in the fragment, which no server sees. */
import { Button, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useChange } from '../../api/change.ts';
import { setUp } from '../../api/sign-in.ts';
import { Failure } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { CheckedLink } from './checked-link.tsx';
import { NewPassword } from './new-password.tsx';

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
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const create = useChange(setUp, { onUpdated: () => navigate({ to: '/', replace: true }) });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
        create.mutate({ token, name, email, password, time_zone });
      }}
    >
      <Stack gap="md">
        <TextInput
          label={t('setup.name')}
          autoComplete="name"
          required
          withAsterisk={false}
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={t('signIn.email')}
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <NewPassword value={password} onChange={setPassword} />
        {create.error && <Failure error={create.error} />}
        <Button type="submit" loading={create.isPending} fullWidth>
          {t('setup.submit')}
        </Button>
      </Stack>
    </form>
  );
}
