/** One suppression list: its source, its sizes, the jobs that use it, and its actions. */
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { identifierTypes } from '../../../src/domain/audiences/requests.ts';
import {
  type JobOfList,
  type SuppressionListView,
  seenSizesOf,
} from '../../../src/domain/audiences/suppression-lists.ts';
import { letInByDeletion } from '../../../src/domain/jobs/let-in.ts';
import { localized } from '../../../src/domain/text/sentence.ts';
import { useChange } from '../../api/change.ts';
import { acceptListSize, deleteSuppressionList, suppressionListQuery } from '../../api/suppression-lists.ts';
import { Confirm } from '../../components/confirm.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { DeleteButton } from '../../components/delete-button.tsx';
import { Facts } from '../../components/facts.tsx';
import { NoField } from '../../components/missing-fields.tsx';
import { Note } from '../../components/note.tsx';
import { PageLayout, Section } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { useToast } from '../../components/toast.ts';
import { By, When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { useStillHere } from '../../lib/still-here.ts';
import { useReadingText } from '../../sources/file-text.ts';
import { useSourceAudienceName } from '../../sources/source-audience-name.ts';
import { lastRead, openRefusals, Refusals, Sizes } from './sizes.tsx';

export function SuppressionListPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/app/suppression-lists/$id' });
  const list = useQuery({ ...suppressionListQuery(id), refetchInterval: 15_000 });
  if (list.data) return <Found list={list.data} />;
  return (
    <PageLayout title={t('suppression.title')} back={{ to: '/suppression-lists', label: t('nav.suppressionLists') }}>
      {list.isError ? <Failure error={list.error} onRetry={() => list.refetch()} /> : <LoadingRows />}
    </PageLayout>
  );
}

function Found({ list }: { list: SuppressionListView }) {
  const { t } = useTranslation();
  return (
    <PageLayout
      title={list.name}
      lead={list.description}
      back={{ to: '/suppression-lists', label: t('nav.suppressionLists') }}
      actions={<Actions list={list} />}
    >
      {list.longest_stay_days !== null && (
        <Note>
          <Text fz="sm">{t('suppression.stay', { count: list.longest_stay_days })}</Text>
        </Note>
      )}
      <ListFacts list={list} />
      <Section title={t('authorization.usedBy')}>
        {list.jobs.length === 0 ? (
          <Text fz="sm" c="dimmed">
            {t('authorization.unused')}
          </Text>
        ) : (
          <>
            <JobTable jobs={list.jobs} />
            {list.job_count > list.jobs.length && (
              <Text fz="sm" c="dimmed" mt="xs">
                {t('suppression.furtherJobs', { count: list.job_count - list.jobs.length })}
              </Text>
            )}
          </>
        )}
      </Section>
    </PageLayout>
  );
}

function Actions({ list }: { list: SuppressionListView }) {
  const { id, name } = list;
  const { t, translate } = useTranslation();
  const letIn = letInByDeletion(list);
  const { may } = useMe();
  const toast = useToast();
  const navigate = useNavigate();
  const isStillHere = useStillHere();
  /** For the new size: the list as the person sees it, whatever becomes of it meanwhile. */
  const [dialog, setDialog] = useState<SuppressionListView | 'delete' | null>(null);
  const close = () => setDialog(null);
  const acceptance = useChange(acceptListSize(id), {
    onSuccess: () => toast.done(t('suppression.accepted')),
  });
  const deletion = useChange(deleteSuppressionList, {
    onSuccess: async () => {
      if (isStillHere()) await navigate({ to: '/suppression-lists' });
    },
  });
  if (!may('suppression_lists.write')) return null;
  return (
    <>
      <Button
        variant="default"
        renderRoot={(props) => <Link to="/suppression-lists/$id/edit" params={{ id }} {...props} />}
      >
        {t('action.edit')}
      </Button>
      {openRefusals(list).length > 0 && (
        <Button variant="default" onClick={() => setDialog(list)}>
          {t('suppression.accept')}
        </Button>
      )}
      <DeleteButton
        // A list that is for all jobs, and that a job names too, is in use as well.
        refusal={list.uses.some(({ is_chosen }) => is_chosen) ? t('suppression.delete.used') : undefined}
        onClick={() => setDialog('delete')}
      />
      {dialog !== null && dialog !== 'delete' && (
        <Confirm
          opened
          onClose={close}
          title={t('suppression.accept.title', { name })}
          action={t('suppression.accept')}
          onConfirm={() => acceptance.mutateAsync(seenSizesOf(dialog))}
        >
          <Refusals list={dialog} />
          {t('suppression.accept.detail')}
        </Confirm>
      )}
      <Confirm
        opened={dialog === 'delete'}
        onClose={close}
        title={t('suppression.delete.title', { name })}
        action={t('action.delete')}
        onConfirm={() => deletion.mutateAsync({ id, letIn: letIn?.members })}
      >
        {letIn ? translate(localized(letIn.what)) : t('suppression.delete.detail')}
      </Confirm>
    </>
  );
}

function ListFacts({ list }: { list: SuppressionListView }) {
  const { t, format } = useTranslation();
  const audience = useSourceAudienceName(list.source_authorization_id, list.segment_id);
  const reading = useReadingText();
  const at = lastRead(list);
  return (
    <Facts
      facts={{
        [t('suppression.size')]: <Sizes list={list} />,
        [t('suppression.lastRead')]: at === undefined ? t('suppression.notRead') : <When at={at} />,
        [t('suppression.applies_to')]: t(`suppression.applies_to.${list.applies_to}`),
        [t('suppression.max_shrink')]: format.percent(list.max_shrink),
        [t('form.source')]: list.source_label ?? t('form.source.files'),
        [t('form.segment_id')]: audience,
        [t('form.file_format')]: reading(list.file_options ?? {}) || null,
        ...Object.fromEntries(identifierTypes.map((type) => [t(`identifier.${type}`), list.fields[type] ?? null])),
        [t('authorization.createdBy')]: <By who={list.created_by} at={list.created_at} />,
        [t('authorization.modified')]: <By who={list.updated_by} at={list.updated_at} />,
      }}
    />
  );
}

function JobTable({ jobs }: { jobs: readonly JobOfList[] }) {
  const { t, format } = useTranslation();
  const hasStay = jobs.some(({ member_days }) => member_days !== null);
  return (
    <div className="card table-card">
      <DataTable
        verticalSpacing="xs"
        horizontalSpacing="lg"
        rows={jobs}
        rowKey={({ id }) => id}
        hasLinkRows
        columns={[
          {
            label: 'job.title',
            cell: ({ id, name, has_field, identifier_type }) => (
              <>
                <Link to="/jobs/$id" params={{ id }} className="row-link">
                  {name}
                </Link>
                {!has_field && (
                  <div>
                    <NoField type={identifier_type} />
                  </div>
                )}
              </>
            ),
          },
          {
            label: 'suppression.keptOut',
            isNumeric: true,
            cell: ({ kept_out }) => format.number(kept_out),
          },
          hasStay && {
            label: 'suppression.stayDays',
            isNumeric: true,
            from: 's',
            cell: ({ member_days }) => (member_days === null ? '–' : t('form.days', { count: member_days })),
          },
          {
            label: 'jobs.lastRun',
            from: 's',
            cell: ({ at, run_id }) =>
              at !== null && run_id !== null ? (
                <Link to="/runs/$id" params={{ id: run_id }}>
                  <When at={at} />
                </Link>
              ) : (
                '–'
              ),
          },
        ]}
      />
    </div>
  );
}
