/** The first administrator, with the link from the server's log. Its token is in the fragment, which no server sees. */
import { Button, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { post } from '../../api/client.ts';
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
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const create = useMutation({
    mutationFn: async () => {
      const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      await post('/setup', { token, name, email, password, time_zone });
      await post('/session', { email, password });
    },
    onSuccess: async () => {
      // But not the link, which is used up.
      await queries.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'link' });
      await navigate({ to: '/', replace: true });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
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
