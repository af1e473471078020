/** All authorizations. */
import { Button, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Authorization } from '../../../src/contracts/authorizations.ts';
import { authorizationsQuery } from '../../api/authorizations.ts';
import { providersQuery } from '../../api/providers.ts';
import { PlusIcon } from '../../components/icons.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { HealthMark } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';

export function AuthorizationsPage() {
  const { t } = useTranslation();
  const { may } = useMe();
  const list = useQuery(authorizationsQuery);
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
  const { t } = useTranslation();
  const providers = useQuery(providersQuery);
  // Nothing, rather than its id, while the names are on their way.
  const providerName = (id: string) =>
    providers.isPending ? '' : (providers.data?.find((provider) => provider.id === id)?.label ?? id);
  return (
    <div className="card">
      <Table verticalSpacing="sm" horizontalSpacing="lg">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('authorization.label')}</Table.Th>
            <Table.Th visibleFrom="md">{t('authorization.description')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('authorization.provider')}</Table.Th>
            <Table.Th>{t('authorization.status')}</Table.Th>
            <Table.Th visibleFrom="md">{t('authorization.createdBy')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('authorization.modified')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={item.id}>
              <Table.Td>
                <Link to="/authorizations/$id" params={{ id: item.id }} className="row-link">
                  {item.label}
                </Link>
              </Table.Td>
              <Table.Td visibleFrom="md" maw={260}>
                <Text fz="sm" c="dimmed" lineClamp={1}>
                  {item.description}
                </Text>
              </Table.Td>
              <Table.Td visibleFrom="sm">{providerName(item.provider)}</Table.Td>
              <Table.Td>
                <HealthMark health={item.health} />
              </Table.Td>
              <Table.Td visibleFrom="md">{item.created_by}</Table.Td>
              <Table.Td visibleFrom="sm">
                <When at={item.updated_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
