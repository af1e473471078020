/** A password set with a link from an administrator. */
import { Button, Stack } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useChange } from '../../api/change.ts';
import { acceptInvitation } from '../../api/sign-in.ts';
import { NewPassword } from '../../components/new-password.tsx';
import { Failure } from '../../components/states.tsx';
import { setupRules } from '../../forms/rules/people.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { CheckedLink } from './checked-link.tsx';

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
  const navigate = useNavigate();
  const accept = useChange(acceptInvitation, { onUpdated: () => navigate({ to: '/', replace: true }) });
  const form = useApiForm({
    rules: setupRules,
    initialValues: { password: '' },
    body: (values) => values,
    save: accept,
  });
  return (
    <form onSubmit={form.onSubmit(({ password }) => accept.mutate({ token, password }))}>
      <Stack gap="md">
        <NewPassword {...form.field('password')} />
        {form.failure && <Failure error={form.failure} />}
        <Button type="submit" loading={accept.isPending} fullWidth>
          {t('invitation.submit')}
        </Button>
      </Stack>
    </form>
  );
}
