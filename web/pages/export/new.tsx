/** A new export: provider, job type, authorization, then its form. Each choice is in the address. */
import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { JobView, NewJob } from '../../../src/contracts/jobs.ts';
import { authorizationsQuery } from '../../api/authorizations.ts';
import { useChange } from '../../api/change.ts';
import { createJob, jobQuery, jobValidationQuery, newestJobQuery } from '../../api/jobs.ts';
import { providersQuery } from '../../api/providers.ts';
import { sourcesQuery } from '../../api/sources.ts';
import { Choices } from '../../components/choices.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { HealthMark } from '../../components/status.tsx';
import { useToast } from '../../components/toast.ts';
import { useDraftStorage } from '../../forms/draft.ts';
import { useIdempotencyKey } from '../../forms/use-idempotency-key.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { useProviderText } from '../../lib/provider-text.ts';
import { useStillHere } from '../../lib/still-here.ts';
import { ExportFormFields } from './form.tsx';
import { type ExportForm, useExportForm } from './use-export-form.ts';
import { blankValues, copyOf, type ExportValues, ofSource } from './values.ts';

export function NewExportPage() {
  const { copy } = useSearch({ from: '/app/jobs/new' });
  return copy === undefined ? <NewExportByChoices /> : <CopyPage key={copy} id={copy} />;
}

/** A copy of a job: nothing is made before its form is completed. */
function CopyPage({ id }: { id: string }) {
  const { t } = useTranslation();
  const job = useQuery({ ...jobQuery(id), refetchInterval: false, staleTime: Number.POSITIVE_INFINITY });
  return (
    <PageLayout
      title={t('export.copy')}
      lead={job.data && t('export.copy.lead', { name: job.data.name })}
      back={{ to: '/jobs', label: t('nav.jobs') }}
    >
      {job.data ? (
        <NewExport
          draftKey={`export.copy.${id}`}
          initial={copyOf(job.data, t('job.duplicate.name', { name: job.data.name }))}
          type={job.data.type}
          authorizationId={job.data.authorization_id}
          source={undefined}
        />
      ) : job.isError ? (
        <Failure error={job.error} onRetry={() => job.refetch()} />
      ) : (
        <LoadingRows />
      )}
    </PageLayout>
  );
}

function NewExportByChoices() {
  const { t, tIfKnown } = useTranslation();
  const say = useProviderText();
  const { may } = useMe();
  const search = useSearch({ from: '/app/jobs/new' });
  const providers = useQuery(providersQuery);
  const authorizations = useQuery(authorizationsQuery);
  const destinations = providers.data?.filter((provider) => provider.job_types.length > 0) ?? [];
  const chosen = authorizations.data?.find((authorization) => authorization.id === search.authorization);
  const provider = destinations.find((destination) => destination.id === (chosen?.provider ?? search.provider));
  // The authorization decides, where a person comes back with it alone.
  const type = provider?.job_types.find((jobType) => chosen || jobType.id === search.type);
  const usable = authorizations.data?.filter((authorization) => authorization.provider === provider?.id) ?? [];
  const authorization = provider && chosen;
  const typeName = ({ id, label }: { id: string; label: string }) => tIfKnown(`job.type.${id}`, label);
  const failed = providers.error ?? authorizations.error;
  const newAuthorization = { ...search, for: 'export', method: provider?.methods[0]?.id };

  return (
    <PageLayout
      // Each choice is another page, whose heading takes the focus from the link that is gone.
      key={[provider?.id, type?.id, authorization?.id].join()}
      title={t('export.new')}
      back={{ to: '/jobs', label: t('nav.jobs') }}
      lead={
        provider && (
          <>
            {[say(provider.label), type && typeName(type), authorization?.label].filter(Boolean).join(' · ')}{' '}
            <Anchor fz="sm" underline="always" renderRoot={(props) => <Link to="/jobs/new" {...props} />}>
              {t('export.changeChoice')}
            </Anchor>
          </>
        )
      }
    >
      {(providers.isPending || authorizations.isPending) && <LoadingRows rows={3} />}
      {failed && <Failure error={failed} />}
      {providers.data && !provider && (
        <Choices
          label={t('authorization.chooseProvider')}
          choices={destinations.map(({ id, label }) => ({
            key: id,
            title: say(label),
            detail: tIfKnown(`export.provider.${id}`, ''),
            to: { to: '/jobs/new', search: { provider: id } },
          }))}
        />
      )}
      {provider && !type && (
        <Choices
          label={t('export.chooseType')}
          choices={provider.job_types.map(({ id, label }) => ({
            key: id,
            title: typeName({ id, label }),
            detail: tIfKnown(`export.type.${id}`, ''),
            to: { to: '/jobs/new', search: { ...search, type: id } },
          }))}
        />
      )}
      {provider && type && authorizations.data && !authorization && (
        <Stack gap="md">
          {usable.length > 0 ? (
            <>
              <Choices
                label={t('export.chooseAuthorization')}
                choices={usable.map((authorization) => ({
                  key: authorization.id,
                  title: authorization.label,
                  detail: <HealthMark authorization={authorization} />,
                  to: { to: '/jobs/new', search: { ...search, authorization: authorization.id } },
                }))}
              />
              {may('authorizations.write') && (
                <Text fz="sm">
                  <Anchor
                    renderRoot={(props) => <Link to="/authorizations/new" search={newAuthorization} {...props} />}
                  >
                    {t('export.createAuthorization')}
                  </Anchor>
                </Text>
              )}
            </>
          ) : (
            <Empty
              title={t('export.noAuthorization')}
              action={
                <Button renderRoot={(props) => <Link to="/authorizations/new" search={newAuthorization} {...props} />}>
                  {t('export.createAuthorization')}
                </Button>
              }
            >
              {t('export.noAuthorization.detail')}
            </Empty>
          )}
        </Stack>
      )}
      {provider && type && authorization && (
        <BlankExport type={type.id} authorizationId={authorization.id} source={search.source} />
      )}
    </PageLayout>
  );
}

/** It begins with the source that is used here: that of the newest job, else one that is connected, else files. */
function BlankExport({ type, authorizationId, source }: Pick<NewExportProps, 'type' | 'authorizationId' | 'source'>) {
  const { time_zone } = useMe();
  const newest = useQuery({ ...newestJobQuery, gcTime: 0 });
  const sources = useQuery(sourcesQuery);
  const made = sources.data?.find((offered) => offered.authorization_id === source);
  // The list may be older than the source.
  const isOld = source !== undefined && !made && sources.isFetching;
  if (newest.isPending || sources.isPending || isOld) return <LoadingRows />;
  const connected = sources.data?.find((offered) => offered.authorization_id !== null)?.authorization_id;
  const usual = newest.data ? newest.data.source_authorization_id : connected;
  const blank = blankValues(time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  return (
    <NewExport
      draftKey="export"
      initial={{ ...blank, source_authorization_id: usual ?? '' }}
      type={type}
      authorizationId={authorizationId}
      source={source}
      canHash={made?.hashes}
    />
  );
}

interface NewExportProps {
  /** Under which what is typed is kept in the tab. */
  readonly draftKey: string;
  /** As it is when it is opened. */
  readonly initial: ExportValues;
  readonly type: JobView['type'];
  readonly authorizationId: string;
  /** A source's authorization that was made for it just now. */
  readonly source: string | undefined;
  /** Whether that source can hash the values itself. */
  readonly canHash?: boolean | undefined;
}

function NewExport({ draftKey, initial, type, authorizationId: chosen, source, canHash }: NewExportProps) {
  const { t } = useTranslation();
  const { may } = useMe();
  const navigate = useNavigate({ from: '/jobs/new' });
  const toast = useToast();
  const storage = useDraftStorage(draftKey);
  const isStillHere = useStillHere();
  const idempotencyKeyFor = useIdempotencyKey();
  const create = useChange(createJob, {
    onSuccess: storage.forget,
    onUpdated: async (job) => {
      if (isStillHere()) await navigate({ to: '/jobs/$id', params: { id: job.id } });
      toast.done(t('export.created'));
    },
  });
  const form = useExportForm({ authorizationId: chosen, initial, storage, own: null, save: create });
  const input = { type, ...form.getTransformedValues() };
  useEarlyRefusals(form, input);
  // biome-ignore lint/correctness/useExhaustiveDependencies: taken over once, from then on it is the form's own
  useEffect(() => {
    if (source === undefined) return;
    form.change(ofSource(form.values, source, canHash));
    void navigate({ search: ({ source: _, ...rest }) => rest, replace: true });
  }, [source]);

  return (
    <ExportFormFields
      form={form}
      authorizationId={input.authorization_id}
      addSource={
        // It leads back to an export that is new.
        draftKey === 'export' &&
        may('authorizations.write') && (
          <Text fz="sm" mt={-8}>
            <Anchor
              fz="inherit"
              renderRoot={(props) => (
                <Link
                  to="/authorizations/new"
                  search={{ for: 'export', authorization: input.authorization_id }}
                  {...props}
                />
              )}
            >
              {t('form.source.add')}
            </Anchor>
          </Text>
        )
      }
      submitLabel={t('export.complete')}
      submitHint={t(form.values.configuration.continuous_update ? 'export.complete.scheduled' : 'export.complete.once')}
      onSubmit={() => create.mutate({ body: input, idempotencyKey: idempotencyKeyFor(input) })}
    />
  );
}

/** Shows while typing what only the server knows: a name that LINE has already, a field that is gone. */
function useEarlyRefusals({ hasNoProblem, setErrors }: ExportForm, input: NewJob): void {
  const { translate } = useTranslation();
  const [settled] = useDebouncedValue(JSON.stringify(input), 700);
  const isSettled = settled === JSON.stringify(input);
  const asked: NewJob = JSON.parse(settled);
  const { data } = useQuery({ ...jobValidationQuery(asked), enabled: isSettled && hasNoProblem });
  useEffect(() => {
    if (!isSettled || !data) return;
    const found = Object.fromEntries(data.map((refusal) => [refusal.path, translate(refusal)]));
    setErrors((refused) => ({ ...found, ...refused }));
  }, [isSettled, data, setErrors, translate]);
}
