/** One's own password. */
import { Button, Group, PasswordInput, Stack } from '@mantine/core';
import { useState } from 'react';
import { useChange } from '../../api/change.ts';
import { changePassword } from '../../api/me.ts';
import { PageLayout } from '../../components/page-layout.tsx';
import { Failure } from '../../components/states.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { concernsWhole, useFieldErrors } from '../../lib/field-errors.ts';
import { useMe } from '../../lib/me.ts';
import { NewPassword } from '../sign-in/new-password.tsx';

export function AccountPage() {
  const { t } = useTranslation();
  const fieldErrors = useFieldErrors();
  const me = useMe();
  const toast = useToast();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useChange(changePassword, {
    onSuccess: () => {
      setCurrent('');
      setNext('');
      toast.done(t('account.passwordChanged'));
    },
  });
  const errors = fieldErrors(change.error);
  return (
    <PageLayout title={t('account.title')} lead={me.user?.email}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ current_password: current, new_password: next });
        }}
      >
        <Stack className="card" p={{ base: 'lg', sm: 'xl' }} gap="md" maw={480}>
          <PasswordInput
            label={t('account.currentPassword')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={current}
            error={errors.current_password}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
          />
          <NewPassword value={next} onChange={setNext} error={errors.new_password} />
          {change.error && concernsWhole(change.error, ['current_password', 'new_password']) && (
            <Failure error={change.error} />
          )}
          <Group>
            <Button type="submit" loading={change.isPending}>
              {t('account.changePassword')}
            </Button>
          </Group>
        </Stack>
      </form>
    </PageLayout>
  );
}
