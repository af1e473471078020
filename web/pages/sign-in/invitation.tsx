/** A password set with a link from an administrator. */
import { Button, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { User } from '../../../src/contracts/people.ts';
import { post } from '../../api/client.ts';
import { Failure } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { CheckedLink } from './checked-link.tsx';
import { NewPassword } from './new-password.tsx';

export function InvitationPage() {
  const { t } = useTranslation();
  return (
    <CheckedLink kind="invitation" title={t('invitation.title')} lead={t('invitation.lead')}>
      {(token) => <InvitationForm key={token} token={token} />}
    </CheckedLink>
  );
}

function InvitationForm({ token }: { token: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [password, setPassword] = useState('');
  const accept = useMutation({
    mutationFn: async () => {
      const { email } = await post<User>('/invitations/accept', { token, password });
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
        accept.mutate();
      }}
    >
      <Stack gap="md">
        <NewPassword value={password} onChange={setPassword} />
        {accept.error && <Failure error={accept.error} />}
        <Button type="submit" loading={accept.isPending} fullWidth>
          {t('invitation.submit')}
        </Button>
      </Stack>
    </form>
  );
}
