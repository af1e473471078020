/** A saved export in its form. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { useChange } from '../../api/change.ts';
import { ApiError } from '../../api/client.ts';
import { changeJob, jobQuery, takeOverUnlessEdited } from '../../api/jobs.ts';
import { PageLayout } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { useToast } from '../../components/toast.ts';
import { useDraftStorage } from '../../forms/draft.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useStillHere } from '../../lib/still-here.ts';
import { ExportFormFields } from './form.tsx';
import { OwnAudienceFields, useOwnAudience } from './own-audience-fields.tsx';
import { changeOf } from './request.ts';
import { useExportForm } from './use-export-form.ts';
import { valuesOf } from './values.ts';

export function EditExportPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/app/jobs/$id/edit' });
  // What is edited stays as it was when the form was opened; a change by somebody else meanwhile is refused on saving.
  const job = useQuery({ ...jobQuery(id), refetchInterval: false, staleTime: Number.POSITIVE_INFINITY });
  return (
    <PageLayout title={t('export.edit')} lead={job.data?.name} back={{ to: '/', label: t('nav.jobs') }}>
      {job.data ? (
        <EditExport job={job.data} />
      ) : job.isError ? (
        <Failure error={job.error} onRetry={() => job.refetch()} />
      ) : (
        <LoadingRows />
      )}
    </PageLayout>
  );
}

function EditExport({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const toast = useToast();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const storage = useDraftStorage(`export.${job.id}.${job.revision}`);
  const own = useOwnAudience(job);
  const isStillHere = useStillHere();
  const save = useChange(changeJob(job.id), {
    onSuccess: storage.forget,
    onUpdated: async () => {
      if (isStillHere()) await navigate({ to: '/jobs/$id', params: { id: job.id } });
      toast.done(t('export.saved'));
    },
    onError: async (error) => {
      // The first run has made the audience since the form was opened: the form then asks what becomes of it.
      if (own === null && isRefusedAt(error, 'another_audience')) await takeOverUnlessEdited(queries, job);
    },
  });
  const form = useExportForm({
    authorizationId: job.authorization_id,
    initial: valuesOf(job),
    storage,
    own,
    save,
  });
  return (
    <ExportFormFields
      form={form}
      authorizationId={form.values.authorization_id}
      audience={{ own, Fields: OwnAudienceFields }}
      submitLabel={t('action.save')}
      onSubmit={() => save.mutate({ ...changeOf(form.values, own), revision: job.revision })}
    />
  );
}

const isRefusedAt = (error: Error, path: string): boolean =>
  error instanceof ApiError && error.fields.some((field) => field.path === path);
