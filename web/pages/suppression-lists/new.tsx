/** A new suppression list. */
import { useNavigate } from '@tanstack/react-router';
import { useChange } from '../../api/change.ts';
import { createSuppressionList } from '../../api/suppression-lists.ts';
import { PageLayout } from '../../components/page-layout.tsx';
import { useToast } from '../../components/toast.ts';
import { useDraftStorage } from '../../forms/draft.ts';
import { useIdempotencyKey } from '../../forms/use-idempotency-key.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useStillHere } from '../../lib/still-here.ts';
import { ListFormFields } from './form.tsx';
import { useListForm } from './use-list-form.ts';
import { blankList } from './values.ts';

export function NewSuppressionListPage() {
  const { t } = useTranslation();
  const toast = useToast();
  const navigate = useNavigate();
  const isStillHere = useStillHere();
  const storage = useDraftStorage('suppression-list');
  const keyFor = useIdempotencyKey();
  const create = useChange(createSuppressionList, {
    onSuccess: storage.forget,
    onUpdated: async ({ id }) => {
      if (isStillHere()) await navigate({ to: '/suppression-lists/$id', params: { id } });
      toast.done(t('suppression.created'));
    },
  });
  const form = useListForm({ initial: blankList, storage, save: create });
  return (
    <PageLayout
      title={t('suppression.new')}
      lead={t('suppression.lead')}
      back={{ to: '/suppression-lists', label: t('nav.suppressionLists') }}
    >
      <ListFormFields
        form={form}
        submitLabel={t('suppression.create')}
        onSubmit={() => {
          const body = form.getTransformedValues();
          create.mutate({ body, idempotencyKey: keyFor(body) });
        }}
      />
    </PageLayout>
  );
}
