/** People who may sign in. */
import { ActionIcon, Button, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ListedUser } from '../../../src/domain/people/people.ts';
import { useChange } from '../../api/change.ts';
import { changeUser, createInvitation, removeUser, usersQuery } from '../../api/users.ts';
import { Confirm } from '../../components/confirm.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { MoreIcon, PlusIcon } from '../../components/icons.tsx';
import { LaterMenu } from '../../components/later-menu.tsx';
import { OneTime } from '../../components/one-time.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { roles } from '../../forms/choices.build.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';

const invite = later(() => import('./invite.tsx'));

export function UsersPage() {
  const { t } = useTranslation();
  const users = useQuery(usersQuery);
  const [inviting, setInviting] = useState(false);
  const part = useLater(invite, inviting);
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
      {inviting && part && (
        <part.InviteDialog
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
  readonly user: ListedUser;
  readonly onChange: (part: Partial<Pick<ListedUser, 'role' | 'disabled'>>) => void;
  readonly onNewLink: () => void;
  readonly onRemove: () => void;
}

function UserMenu({ user, onChange, onNewLink, onRemove }: UserMenuProps) {
  const { t } = useTranslation();
  // The provider decides about the role, and takes the place of a password.
  const isRuled = user.role_from === 'groups';
  return (
    <LaterMenu
      position="bottom-end"
      width={220}
      items={[
        ...roles
          .filter((role) => !isRuled && role !== user.role)
          .map((role) => ({
            key: role,
            label: t('users.makeRole', { role: t(`role.${role}`) }),
            onClick: () => onChange({ role }),
          })),
        ...(isRuled ? [] : [{ key: 'link', label: t('users.newLink'), isSeparated: true, onClick: onNewLink }]),
        {
          key: 'disable',
          label: t(user.disabled ? 'users.enable' : 'users.disable'),
          onClick: () => onChange({ disabled: !user.disabled }),
        },
        { key: 'remove', label: t('users.remove'), isSeparated: true, onClick: onRemove },
      ]}
      button={(props) => (
        <ActionIcon variant="subtle" color="gray" aria-label={t('list.actions', { name: user.name })} {...props}>
          <MoreIcon />
        </ActionIcon>
      )}
    />
  );
}

/** The role and where it is from, or since when and why there is none. */
function RoleOf({ user }: { user: ListedUser }) {
  const { t, format } = useTranslation();
  const { disabled, disabled_at: at, disabled_by, disabled_because: because } = user;
  const why =
    disabled && because && at
      ? t(`users.disabled.${because}`, { name: disabled_by ?? '–', date: format.date(at) })
      : !disabled && user.role_from === 'groups' && t('users.role.groups');
  return (
    <>
      {disabled ? t('users.disabled') : t(`role.${user.role}`)}
      {why && (
        <Text fz="xs" c="dimmed">
          {why}
        </Text>
      )}
    </>
  );
}

/** On a narrow screen, it breaks before its host. */
function Address({ email }: { email: string }) {
  const at = email.lastIndexOf('@');
  return (
    <>
      {email.slice(0, at)}
      <wbr />
      {email.slice(at)}
    </>
  );
}

function UserTable({ users, onLink }: { users: readonly ListedUser[]; onLink: (link: string) => void }) {
  const { t, format } = useTranslation();
  const me = useMe();
  const change = useMutation(changeUser);
  const removal = useMutation(removeUser);
  const [removing, setRemoving] = useState<ListedUser | null>(null);
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
                    <Address email={email} />
                  </Text>
                </>
              ),
            },
            {
              label: 'users.role',
              cell: (user) => <RoleOf user={user} />,
            },
            {
              label: 'users.since',
              from: 'm',
              className: 'one-line',
              cell: ({ created_at }) => format.date(created_at),
            },
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
                    onRemove={() => setRemoving(user)}
                  />
                ),
            },
          ]}
        />
      </div>
      <Confirm
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title={t('users.remove.title', { name: removing?.name ?? '' })}
        action={t('users.remove.now')}
        onConfirm={() => removal.mutateAsync(removing?.id ?? '')}
      >
        {t('users.remove.detail')}
      </Confirm>
    </>
  );
}
