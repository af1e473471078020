/** All authorizations. */
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import type { Authorization } from '../../../src/contracts/authorizations.ts';
import { authorizationsQuery } from '../../api/authorizations.ts';
import { providersQuery } from '../../api/providers.ts';
import { DataTable } from '../../components/data-table.tsx';
import { PlusIcon } from '../../components/icons.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { HealthMark } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { useProviderText } from '../../lib/provider-text.ts';

/** Few people come back from a consent that belongs to nothing. */
const laterConnection = later(() => import('./connection/connection.tsx'));

export function AuthorizationsPage() {
  const { t } = useTranslation();
  const { may } = useMe();
  const list = useQuery(authorizationsQuery);
  const { connect: outcome } = useSearch({ from: '/app/authorizations' });
  const consents = useLater(laterConnection, outcome !== undefined);
  const create = may('authorizations.write') && (
    <Button leftSection={<PlusIcon />} renderRoot={(props) => <Link to="/authorizations/new" {...props} />}>
      {t('authorization.new')}
    </Button>
  );
  return (
    <PageLayout
      title={t('nav.authorizations')}
      lead={t('authorization.lead')}
      actions={list.data?.length !== 0 && create}
    >
      {outcome && consents && <consents.Outcome outcome={outcome} />}
      {list.isPending && <LoadingRows />}
      {list.isError && <Failure error={list.error} onRetry={() => list.refetch()} />}
      {list.data?.length === 0 && (
        <Empty title={t('authorization.none')} action={create}>
          {t('authorization.none.detail')}
        </Empty>
      )}
      {list.data && list.data.length > 0 && <AuthorizationTable items={list.data} />}
    </PageLayout>
  );
}

function AuthorizationTable({ items }: { items: readonly Authorization[] }) {
  const say = useProviderText();
  const providers = useQuery(providersQuery);
  // Shows nothing, rather than the id, until the names are loaded.
  const providerName = (id: string) =>
    providers.isPending ? '' : say(providers.data?.find((provider) => provider.id === id)?.label ?? id);
  return (
    <div className="card">
      <DataTable
        verticalSpacing="sm"
        horizontalSpacing="lg"
        rows={items}
        rowKey={({ id }) => id}
        columns={[
          {
            label: 'authorization.label',
            cell: ({ id, label }) => (
              <Link to="/authorizations/$id" params={{ id }} className="row-link">
                {label}
              </Link>
            ),
          },
          {
            label: 'form.description',
            from: 'l',
            cell: ({ description }) => (
              <Text fz="sm" c="dimmed" lineClamp={1} maw={220}>
                {description}
              </Text>
            ),
          },
          { label: 'authorization.provider', from: 'm', cell: ({ provider }) => providerName(provider) },
          { label: 'jobs.status', cell: (authorization) => <HealthMark authorization={authorization} /> },
          { label: 'authorization.createdBy', from: 'l', cell: ({ created_by }) => created_by },
          { label: 'authorization.modified', from: 'm', cell: ({ updated_at }) => <When at={updated_at} /> },
        ]}
      />
    </div>
  );
}
