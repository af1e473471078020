/** A saved export in its form. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { useChange } from '../../api/change.ts';
import { changeJob, jobQuery, takeOverUnlessEdited } from '../../api/jobs.ts';
import { PageLayout } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { useToast } from '../../components/toast.ts';
import { useDraft } from '../../forms/draft.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { useStillHere } from '../../lib/still-here.ts';
import { concernsWhole, isRefusedAt, useFieldErrors } from './field-errors.ts';
import { ExportForm, shownPaths } from './form.tsx';
import { changeOf, draftOf } from './form-values.ts';
import { OwnAudienceFields, useOwnAudience } from './own-audience.tsx';

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
  const fieldErrors = useFieldErrors();
  const { may } = useMe();
  const toast = useToast();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const saved = useMemo(() => draftOf(job), [job]);
  const { draft, change, forget } = useDraft(`export.${job.id}.${job.revision}`, saved);
  const audience = useOwnAudience(job, draft.authorization);
  const isStillHere = useStillHere();
  const save = useChange(changeJob(job.id), {
    onSuccess: forget,
    onUpdated: async () => {
      if (isStillHere()) await navigate({ to: '/jobs/$id', params: { id: job.id } });
      toast.done(t('export.saved'));
    },
    onError: async (error) => {
      // The first run has made the audience since the form was opened: the form then asks what becomes of it.
      if (audience.own === null && isRefusedAt(error, 'another_audience'))
        await takeOverUnlessEdited(queries, job);
    },
  });
  return (
    <ExportForm
      authorizationId={draft.authorization}
      audience={{ ...audience, Fields: OwnAudienceFields }}
      draft={draft}
      change={(part) => {
        // What is on its way stays so: it must not be sent a second time.
        if (save.isError) save.reset();
        change(part);
      }}
      refused={fieldErrors(save.error)}
      failure={save.error && concernsWhole(save.error, shownPaths) ? <Failure error={save.error} /> : null}
      isSaving={save.isPending}
      submitLabel={t('action.save')}
      onSubmit={() => save.mutate({ ...changeOf(draft, audience.own), revision: job.revision })}
      mayPreview={may('sources.preview')}
    />
  );
}
