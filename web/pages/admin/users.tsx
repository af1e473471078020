/** People who may sign in. */
import { ActionIcon, Button, Menu, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Role, User } from '../../../src/contracts/people.ts';
import { useChange } from '../../api/change.ts';
import { changeUser, createInvitation, inviteUser, usersQuery } from '../../api/users.ts';
import { DataTable } from '../../components/data-table.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { MoreIcon, PlusIcon } from '../../components/icons.tsx';
import { OneTime } from '../../components/one-time.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { newUserRules } from '../../forms/rules/people.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { RoleSelect } from './role-select.tsx';

export function UsersPage() {
  const { t } = useTranslation();
  const users = useQuery(usersQuery);
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<string | null>(null);
  return (
    <PageLayout
      title={t('nav.users')}
      lead={t('users.lead')}
      actions={
        <Button leftSection={<PlusIcon />} onClick={() => setInviting(true)}>
          {t('users.invite')}
        </Button>
      }
    >
      {users.isPending && <LoadingRows />}
      {users.isError && <Failure error={users.error} onRetry={() => users.refetch()} />}
      {users.data && <UserTable users={users.data} onLink={setLink} />}
      {inviting && (
        <Invite
          onClose={() => setInviting(false)}
          onInvited={(made) => {
            setInviting(false);
            setLink(made);
          }}
        />
      )}
      {link && (
        <OneTime
          title={t('users.link.title')}
          detail={t('users.link.detail')}
          secret={link}
          onClose={() => setLink(null)}
        />
      )}
    </PageLayout>
  );
}

interface UserMenuProps {
  readonly user: User;
  readonly onChange: (part: Partial<Pick<User, 'role' | 'disabled'>>) => void;
  readonly onNewLink: () => void;
}

function UserMenu({ user, onChange, onNewLink }: UserMenuProps) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('users.actions', { name: user.name })}>
          <MoreIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(['administrator', 'editor', 'viewer'] as const)
          .filter((role) => role !== user.role)
          .map((role) => (
            <Menu.Item key={role} onClick={() => onChange({ role })}>
              {t('users.makeRole', { role: t(`role.${role}`) })}
            </Menu.Item>
          ))}
        <Menu.Divider />
        <Menu.Item onClick={onNewLink}>{t('users.newLink')}</Menu.Item>
        <Menu.Item onClick={() => onChange({ disabled: !user.disabled })}>
          {t(user.disabled ? 'users.enable' : 'users.disable')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function UserTable({ users, onLink }: { users: readonly User[]; onLink: (link: string) => void }) {
  const { t, format } = useTranslation();
  const me = useMe();
  const change = useMutation(changeUser);
  const invite = useChange(createInvitation, { onSuccess: ({ link }) => onLink(link) });
  const failure = change.error ?? invite.error;
  return (
    <>
      {failure && <Failure error={failure} />}
      <div className="card">
        <DataTable
          verticalSpacing="sm"
          horizontalSpacing="lg"
          rows={users}
          rowKey={({ id }) => id}
          columns={[
            {
              label: 'users.name',
              cell: ({ id, name, email }) => (
                <>
                  <Text fz="sm" fw={550}>
                    {name}
                    {id === me.id && ` (${t('users.you')})`}
                  </Text>
                  <Text fz="xs" c="dimmed">
                    {email}
                  </Text>
                </>
              ),
            },
            {
              label: 'users.role',
              className: 'one-line',
              cell: ({ disabled, role }) => (disabled ? t('users.disabled') : t(`role.${role}`)),
            },
            { label: 'users.since', from: 'm', cell: ({ created_at }) => format.date(created_at) },
            {
              label: 'job.more',
              isLabelHidden: true,
              width: 56,
              cell: (user) =>
                user.id !== me.id && (
                  <UserMenu
                    user={user}
                    onChange={(part) => change.mutate({ id: user.id, ...part })}
                    onNewLink={() => invite.mutate(user.id)}
                  />
                ),
            },
          ]}
        />
      </div>
    </>
  );
}

function Invite({ onClose, onInvited }: { onClose: () => void; onInvited: (link: string) => void }) {
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
