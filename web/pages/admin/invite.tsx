/** Invites a person. */
import { TextInput } from '@mantine/core';
import type { Role } from '../../../src/domain/people/people.ts';
import { useChange } from '../../api/change.ts';
import { inviteUser } from '../../api/users.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { newUserRules } from '../../forms/rules/people.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { RoleSelect } from './role-select.tsx';

export function InviteDialog({ onClose, onInvited }: { onClose: () => void; onInvited: (link: string) => void }) {
  const { t } = useTranslation();
  const invite = useChange(inviteUser, { onUpdated: ({ link }) => onInvited(link) });
  const form = useApiForm({
    rules: newUserRules,
    initialValues: { name: '', email: '', role: 'editor' as Role },
    body: (values) => values,
    save: invite,
  });
  return (
    <FormDialog
      title={t('users.invite')}
      action={t('users.invite.submit')}
      isSaving={invite.isPending}
      failure={form.failure}
      onClose={onClose}
      onSubmit={form.onSubmit((user) => invite.mutate(user))}
    >
      <TextInput label={t('users.name')} data-autofocus {...form.field('name')} />
      <TextInput label={t('signIn.email')} type="email" {...form.field('email')} />
      <RoleSelect {...form.getInputProps('role')} />
    </FormDialog>
  );
}
