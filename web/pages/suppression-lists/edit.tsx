/** A saved suppression list in its form. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import type { SuppressionList } from '../../../src/contracts/suppression-lists.ts';
import { useChange } from '../../api/change.ts';
import { changeSuppressionList, suppressionListQuery } from '../../api/suppression-lists.ts';
import { PageLayout } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { useToast } from '../../components/toast.ts';
import { useDraftStorage } from '../../forms/draft.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useStillHere } from '../../lib/still-here.ts';
import { ListFormFields } from './form.tsx';
import { useListForm } from './use-list-form.ts';
import { valuesOfList } from './values.ts';

export function EditSuppressionListPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/app/suppression-lists/$id/edit' });
  // What is edited stays as it was when the form was opened; a change by somebody else meanwhile is refused on saving.
  const list = useQuery({ ...suppressionListQuery(id), staleTime: Number.POSITIVE_INFINITY });
  return (
    <PageLayout
      title={t('suppression.edit')}
      lead={list.data?.name}
      back={{ to: '/suppression-lists', label: t('nav.suppressionLists') }}
    >
      {list.data ? (
        <EditList list={list.data} />
      ) : list.isError ? (
        <Failure error={list.error} onRetry={() => list.refetch()} />
      ) : (
        <LoadingRows />
      )}
    </PageLayout>
  );
}

function EditList({ list }: { list: SuppressionList }) {
  const { t } = useTranslation();
  const toast = useToast();
  const navigate = useNavigate();
  const isStillHere = useStillHere();
  const { id, revision } = list;
  const storage = useDraftStorage(`suppression-list.${id}.${revision}`);
  const save = useChange(changeSuppressionList(id), {
    onSuccess: storage.forget,
    onUpdated: async () => {
      if (isStillHere()) await navigate({ to: '/suppression-lists/$id', params: { id } });
      toast.done(t('export.saved'));
    },
  });
  const form = useListForm({ initial: valuesOfList(list), storage, save });
  return (
    <ListFormFields
      form={form}
      submitLabel={t('action.save')}
      onSubmit={() => {
        const { file_options = null, ...body } = form.getTransformedValues();
        save.mutate({ ...body, file_options, revision });
      }}
    />
  );
}
