/** API tokens: for programs. */
import { Button, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiToken, Role } from '../../../src/domain/people/people.ts';
import { apiTokensQuery, makeApiToken, revokeApiToken } from '../../api/api-tokens.ts';
import { useChange } from '../../api/change.ts';
import { Confirm } from '../../components/confirm.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { PlusIcon } from '../../components/icons.tsx';
import { OneTime } from '../../components/one-time.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Select } from '../../components/select.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { When } from '../../components/when.tsx';
import { newApiTokenRules } from '../../forms/rules/people.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { RoleSelect } from './role-select.tsx';

const DAY_MS = 86_400_000;

export function ApiTokensPage() {
  const { t } = useTranslation();
  const tokens = useQuery(apiTokensQuery);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const create = (
    <Button leftSection={<PlusIcon />} onClick={() => setMaking(true)}>
      {t('tokens.new')}
    </Button>
  );
  return (
    <PageLayout title={t('nav.apiTokens')} lead={t('tokens.lead')} actions={tokens.data?.length !== 0 && create}>
      {tokens.isPending && <LoadingRows />}
      {tokens.isError && <Failure error={tokens.error} onRetry={() => tokens.refetch()} />}
      {tokens.data?.length === 0 && (
        <Empty title={t('tokens.none')} action={create}>
          {t('tokens.none.detail')}
        </Empty>
      )}
      {tokens.data && tokens.data.length > 0 && <TokenTable tokens={tokens.data} />}
      {making && (
        <MakeToken
          onClose={() => setMaking(false)}
          onMade={(token) => {
            setMaking(false);
            setMade(token);
          }}
        />
      )}
      {made && (
        <OneTime
          title={t('tokens.made')}
          detail={t('tokens.made.detail')}
          secret={made}
          onClose={() => setMade(null)}
        />
      )}
    </PageLayout>
  );
}

function TokenTable({ tokens }: { tokens: readonly ApiToken[] }) {
  const { t, format } = useTranslation();
  const [revoking, setRevoking] = useState<ApiToken | null>(null);
  const revocation = useMutation(revokeApiToken);
  return (
    <div className="card">
      <DataTable
        verticalSpacing="sm"
        horizontalSpacing="lg"
        rows={tokens}
        rowKey={({ id }) => id}
        columns={[
          {
            label: 'list.name',
            cell: (token) => (
              <>
                <Text fz="sm" fw={550}>
                  {token.name}
                </Text>
                <Text fz="xs" c="dimmed">
                  …{token.hint} · {token.created_by}
                </Text>
                <EffectiveRole token={token} />
              </>
            ),
          },
          { label: 'users.role', from: 's', cell: ({ role }) => t(`role.${role}`) },
          {
            label: 'tokens.expires',
            from: 'm',
            className: 'one-line',
            cell: ({ expires_at }) => (expires_at ? format.date(expires_at) : t('tokens.expires.never')),
          },
          {
            label: 'tokens.lastUsed',
            from: 'l',
            cell: ({ last_used_at }) => (last_used_at ? <When at={last_used_at} /> : t('authorization.never')),
          },
          {
            label: 'tokens.revoke',
            isLabelHidden: true,
            width: 90,
            cell: (token) => (
              <Button
                size="xs"
                variant="default"
                aria-label={`${t('tokens.revoke')}${t('list.colon')}${token.name}`}
                onClick={() => setRevoking(token)}
              >
                {t('tokens.revoke')}
              </Button>
            ),
          },
        ]}
      />
      <Confirm
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        title={t('tokens.revoke.title', { name: revoking?.name ?? '' })}
        action={t('tokens.revoke')}
        onConfirm={() => revocation.mutateAsync(revoking?.id ?? '')}
      >
        {t('tokens.revoke.detail')}
      </Confirm>
    </div>
  );
}

/**
 * The effective role of a token, where it is lower than its own role: a token never has more rights than its creator
 * has now.
 */
function EffectiveRole({ token: { role, effective_role } }: { token: ApiToken }) {
  const { t } = useTranslation();
  if (effective_role === role) return null;
  return (
    <Text fz="xs" c="var(--mantine-color-error)">
      {effective_role === null ? t('tokens.worth.none') : t('tokens.worth.less', { role: t(`role.${effective_role}`) })}
    </Text>
  );
}

function MakeToken({ onClose, onMade }: { onClose: () => void; onMade: (token: string) => void }) {
  const { t } = useTranslation();
  const make = useChange(makeApiToken, { onUpdated: ({ token }) => onMade(token) });
  const form = useApiForm({
    rules: newApiTokenRules,
    initialValues: { name: '', role: 'editor' as Role, days: '90' },
    body: ({ days, ...token }) => ({
      ...token,
      expires_at: days === '' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString(),
    }),
    save: make,
  });
  return (
    <FormDialog
      title={t('tokens.new')}
      action={t('tokens.make')}
      isSaving={make.isPending}
      failure={form.failure}
      onClose={onClose}
      onSubmit={form.onSubmit((token) => make.mutate(token))}
    >
      <TextInput label={t('list.name')} data-autofocus {...form.field('name')} />
      <RoleSelect {...form.getInputProps('role')} />
      <Select
        label={t('tokens.expires')}
        allowDeselect={false}
        data={[
          ...['30', '90', '365'].map((value) => ({
            value,
            label: t('tokens.expires.days', { count: Number(value) }),
          })),
          { value: '', label: t('tokens.expires.never') },
        ]}
        {...form.getInputProps('days')}
      />
    </FormDialog>
  );
}
