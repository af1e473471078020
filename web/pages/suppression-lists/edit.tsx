/** A saved suppression list in its form. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import type { SuppressionListView } from '../../../src/domain/audiences/suppression-lists.ts';
import { letInByList } from '../../../src/domain/jobs/let-in.ts';
import { useChange } from '../../api/change.ts';
import {
  changeSuppressionList,
  suppressionListQuery,
  takeOver,
  takeOverUnlessEdited,
} from '../../api/suppression-lists.ts';
import {
  ChangedMeanwhile,
  isChangedMeanwhile,
  otherFailure,
  useMeanwhile,
} from '../../components/changed-meanwhile.tsx';
import { ConfirmLetIn, useAsking } from '../../components/confirm-let-in.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { useToast } from '../../components/toast.ts';
import { useDraftStorage } from '../../forms/draft.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useStillHere } from '../../lib/still-here.ts';
import { ListFormFields } from './form.tsx';
import { useListForm } from './use-list-form.ts';
import { listOf, valuesOfList } from './values.ts';

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

function EditList({ list }: { list: SuppressionListView }) {
  const { t, tIfKnown } = useTranslation();
  const meanwhile = useMeanwhile(valuesOfList);
  const toast = useToast();
  const navigate = useNavigate();
  const isStillHere = useStillHere();
  const queries = useQueryClient();
  const { id, revision } = list;
  const storage = useDraftStorage(`suppression-list.${id}.${revision}`);
  const save = useChange(changeSuppressionList(id), {
    onSuccess: storage.forget,
    onUpdated: async () => {
      if (isStillHere()) await navigate({ to: '/suppression-lists/$id', params: { id } });
      toast.done(t('export.saved'));
    },
    onError: async (error) => {
      if (isChangedMeanwhile(error)) return meanwhile.meet(form, list, await takeOver(queries, id));
      // A run has ended, so other numbers of members are true now: the dialog then shows them.
      await takeOverUnlessEdited(queries, list);
    },
  });
  const form = useListForm({ initial: valuesOfList(list), storage, save });
  const { file_options = null, ...values } = listOf(form.values);
  const body = { ...values, file_options, revision };
  const letIn = letInByList(list, body);
  const [asking, setAsking] = useAsking(letIn);
  return (
    <>
      <ChangedMeanwhile
        found={meanwhile.found}
        labelOf={(path) => {
          const key = path.split('.').at(-1);
          return (
            tIfKnown(`suppression.${key}`, tIfKnown(`form.${key}`, tIfKnown(`identifier.${key}`, ''))) || undefined
          );
        }}
      />
      <ListFormFields
        form={{ ...form, failure: otherFailure(form.failure) }}
        submitLabel={t('action.save')}
        onSubmit={() => {
          setAsking(letIn !== undefined);
          if (!letIn) save.mutate(body);
        }}
      />
      <ConfirmLetIn
        letIn={asking ? letIn : undefined}
        onClose={() => setAsking(false)}
        onConfirm={(let_in) => save.mutateAsync({ ...body, let_in })}
      />
    </>
  );
}
