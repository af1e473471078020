/** A saved export in its form. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { localized } from '../../../src/domain/text/sentence.ts';
import { useChange, useChanges } from '../../api/change.ts';
import { ApiError } from '../../api/client.ts';
import { customAudienceQuery } from '../../api/custom-audiences.ts';
import { changeJob, jobQuery, takeOver, takeOverUnlessEdited } from '../../api/jobs.ts';
import {
  ChangedMeanwhile,
  isChangedMeanwhile,
  otherFailure,
  useMeanwhile,
} from '../../components/changed-meanwhile.tsx';
import { ConfirmLetIn, useAsking } from '../../components/confirm-let-in.tsx';
import { OfJobType } from '../../components/of-destination.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { useToast } from '../../components/toast.ts';
import { useDraftStorage } from '../../forms/draft.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useStillHere } from '../../lib/still-here.ts';
import { ExportFormFields } from './form.tsx';
import type { letInOf as LetInOf } from './let-in.ts';
import type { OwnAudience } from './own-audience.ts';
import type { OwnAudienceFields } from './own-audience-fields.tsx';
import { changeOf, changeOfPart, isOnlyRenamed, ownAudienceOf } from './saved-job.ts';
import { useExportForm } from './use-export-form.ts';
import { type ExportValues, valuesOf } from './values.ts';

/** These arrive while the job is asked for. */
const laterAudience = later(() => import('./own-audience-fields.tsx'));
const laterLetIn = later(() => import('./let-in.ts'));

export function EditExportPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/app/jobs/$id/edit' });
  // What is edited stays as it was when the form was opened; a change by somebody else meanwhile is refused on saving.
  const job = useQuery({ ...jobQuery(id), refetchInterval: false, staleTime: Number.POSITIVE_INFINITY });
  const [round, setRound] = useState(0);
  const audience = useLater(laterAudience);
  const letIn = useLater(laterLetIn);
  return (
    <PageLayout title={t('export.edit')} lead={job.data?.name} back={{ to: '/jobs', label: t('nav.jobs') }}>
      {job.data && audience && letIn ? (
        <EditExport
          key={round}
          job={job.data}
          Fields={audience.OwnAudienceFields}
          letInOf={letIn.letInOf}
          onStartAgain={() => setRound(round + 1)}
        />
      ) : job.isError ? (
        <Failure error={job.error} onRetry={() => job.refetch()} />
      ) : (
        <LoadingRows />
      )}
    </PageLayout>
  );
}

interface EditProps {
  readonly job: JobView;
  readonly Fields: typeof OwnAudienceFields;
  readonly letInOf: typeof LetInOf;
  readonly onStartAgain: () => void;
}

function EditExport({ job, Fields, letInOf, onStartAgain }: EditProps) {
  const { t, tIfKnown, translate } = useTranslation();
  const toast = useToast();
  const changeAgain = useChanges();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const storage = useDraftStorage(`export.${job.id}.${job.revision}`);
  const own = useOwnAudience(job);
  const isStillHere = useStillHere();
  const meanwhile = useMeanwhile<JobView, ExportValues>(valuesOf);
  const save = useChange(changeJob(job.id), {
    onSuccess: storage.forget,
    onUpdated: async (saved) => {
      if (isStillHere()) await navigate({ to: '/jobs/$id', params: { id: job.id } });
      const { name } = job;
      const undo = () => changeAgain(changeJob(job.id), { revision: saved.revision, name });
      toast.done(t('export.saved'), isOnlyRenamed(job, saved) ? undo : undefined);
    },
    onError: async (error) => {
      if (isChangedMeanwhile(error)) return meanwhile.meet(form, job, await takeOver(queries, job.id));
      // The first run has made the audience since the form was opened: the form then asks what becomes of it.
      const isMade = own === null && isRefusedAt(error, 'another_audience');
      // Or a run has ended, so other numbers of members are true now: the dialog then shows them.
      const isOutdated = error instanceof ApiError && error.code === 'action_not_allowed';
      if (isMade || isOutdated) await takeOverUnlessEdited(queries, job);
    },
  });
  const form = useExportForm({
    type: job.type,
    authorizationId: job.authorization_id,
    initial: valuesOf(job),
    storage,
    own,
    save,
  });
  const edited = changeOf(form.values, own);
  const change = job.part_of ? changeOfPart(edited, job) : edited;
  const letIn = letInOf(job, change);
  const [asking, setAsking] = useAsking(letIn);
  return (
    <OfJobType type={job.type}>
      <ChangedMeanwhile
        found={meanwhile.found}
        labelOf={(path) => tIfKnown(`form.${path.split('.').at(-1)}`, '') || undefined}
      />
      <ExportFormFields
        form={{ ...form, failure: otherFailure(form.failure) }}
        type={job.type}
        jobId={job.id}
        authorizationId={form.values.authorization_id}
        audience={{ own, Fields }}
        part={job.part_of}
        onStartAgain={onStartAgain}
        submitLabel={t('action.save')}
        submitHint={letIn && translate(localized(letIn.what))}
        onSubmit={() => {
          setAsking(letIn !== undefined);
          if (!letIn) save.mutate({ ...change, revision: job.revision });
        }}
      />
      <ConfirmLetIn
        letIn={asking ? letIn : undefined}
        onClose={() => setAsking(false)}
        onConfirm={(let_in) => save.mutateAsync({ ...change, revision: job.revision, let_in })}
      />
    </OfJobType>
  );
}

/** Asks LINE for the audience of a saved job; null while the job has none. */
function useOwnAudience(job: JobView): OwnAudience | null {
  const { authorization_id } = job;
  const { adaccount_id } = job.configuration;
  const asked = useQuery(customAudienceQuery({ authorization_id, adaccount_id }, job.audience_id));
  return ownAudienceOf(job, asked.data === null);
}

const isRefusedAt = (error: Error, path: string): boolean =>
  error instanceof ApiError && error.fields.some((field) => field.path === path);
