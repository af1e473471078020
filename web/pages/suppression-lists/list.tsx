/** All suppression lists. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { SuppressionList } from '../../../src/domain/audiences/suppression-lists.ts';
import { suppressionListsQuery } from '../../api/suppression-lists.ts';
import { DataTable } from '../../components/data-table.tsx';
import { PlusIcon } from '../../components/icons.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { lastRead, Sizes } from './sizes.tsx';

export function SuppressionListsPage() {
  const { t } = useTranslation();
  const { may } = useMe();
  const lists = useQuery(suppressionListsQuery);
  const create = may('suppression_lists.write') && (
    <Button leftSection={<PlusIcon />} renderRoot={(props) => <Link to="/suppression-lists/new" {...props} />}>
      {t('suppression.new')}
    </Button>
  );
  return (
    <PageLayout
      title={t('nav.suppressionLists')}
      lead={t('suppression.lead')}
      actions={lists.data?.length !== 0 && create}
    >
      {lists.isPending && <LoadingRows />}
      {lists.isError && <Failure error={lists.error} onRetry={() => lists.refetch()} />}
      {lists.data?.length === 0 && (
        <Empty title={t('suppression.none')} action={create}>
          {t('suppression.none.detail')}
        </Empty>
      )}
      {lists.data && lists.data.length > 0 && <ListTable lists={lists.data} />}
    </PageLayout>
  );
}

function ListTable({ lists }: { lists: readonly SuppressionList[] }) {
  const { t, format } = useTranslation();
  return (
    <div className="card table-card">
      <DataTable
        verticalSpacing="sm"
        horizontalSpacing="lg"
        rows={lists}
        rowKey={({ id }) => id}
        hasLinkRows
        columns={[
          {
            label: 'list.name',
            cell: ({ id, name }) => (
              <Link to="/suppression-lists/$id" params={{ id }} className="row-link">
                {name}
              </Link>
            ),
          },
          {
            label: 'suppression.applies_to',
            from: 's',
            cell: ({ applies_to }) => t(`suppression.applies_to.${applies_to}`),
          },
          { label: 'suppression.size', cell: (list) => <Sizes list={list} /> },
          {
            label: 'suppression.lastRead',
            from: 'm',
            cell: (list) => {
              const at = lastRead(list);
              return at === undefined ? t('suppression.notRead') : <When at={at} />;
            },
          },
          {
            label: 'nav.jobs',
            isNumeric: true,
            from: 's',
            cell: ({ job_count }) => format.number(job_count),
          },
        ]}
      />
    </div>
  );
}
