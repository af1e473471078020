/** One's own password. */
import { Button, Group, PasswordInput, Stack } from '@mantine/core';
import { useChange } from '../../api/change.ts';
import { changePassword } from '../../api/me.ts';
import { NewPassword } from '../../components/new-password.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Failure } from '../../components/states.tsx';
import { useToast } from '../../components/toast.ts';
import { passwordChangeRules } from '../../forms/rules/people.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';

export function AccountPage() {
  const { t } = useTranslation();
  const me = useMe();
  const toast = useToast();
  const change = useChange(changePassword, {
    onSuccess: () => {
      form.reset();
      toast.done(t('account.passwordChanged'));
    },
  });
  const form = useApiForm({
    rules: passwordChangeRules,
    initialValues: { current_password: '', new_password: '' },
    body: (values) => values,
    save: change,
  });
  return (
    <PageLayout title={t('account.title')} lead={me.user?.email}>
      <form onSubmit={form.onSubmit((passwords) => change.mutate(passwords))}>
        <Stack className="card" p={{ base: 'lg', sm: 'xl' }} gap="md" maw={480}>
          <PasswordInput
            label={t('account.currentPassword')}
            autoComplete="current-password"
            withAsterisk={false}
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
            {...form.field('current_password')}
          />
          <NewPassword {...form.field('new_password')} />
          {form.failure && <Failure error={form.failure} />}
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
