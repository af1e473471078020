/** A new export: provider, job type, authorization, then its form. Each choice is in the address. */
import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { Fragment } from 'react';
import { authorizationsQuery } from '../../api/authorizations.ts';
import { jobQuery, newestJobQuery } from '../../api/jobs.ts';
import { providersQuery } from '../../api/providers.ts';
import { sourcesQuery } from '../../api/sources.ts';
import { Choices } from '../../components/choices.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { HealthMark } from '../../components/status.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { useProviderText } from '../../lib/provider-text.ts';
import { choicesOf } from './choices.ts';
import { NewExport, type NewExportProps } from './new-form.tsx';
import { blankValues, copyOf } from './values.ts';

const laterMove = later(() => import('./move.tsx'));

export function NewExportPage() {
  const { copy, move } = useSearch({ from: '/app/jobs/new' });
  const moving = useLater(laterMove, move !== undefined);
  if (move !== undefined) return moving && <moving.MovePage key={move} id={move} />;
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

/** A step with one choice is taken without asking; `choose` names the step to which a person goes back. */
function NewExportByChoices() {
  const { t } = useTranslation();
  const say = useProviderText();
  const { may } = useMe();
  const search = useSearch({ from: '/app/jobs/new' });
  const providers = useQuery(providersQuery);
  const authorizations = useQuery(authorizationsQuery);
  const { destinations, provider, type, usable, authorization } = choicesOf(
    search,
    providers.data ?? [],
    authorizations.data ?? [],
  );
  const failed = providers.error ?? authorizations.error;
  const isReady = providers.data !== undefined && authorizations.data !== undefined;
  const { choose: _, ...chosen } = search;
  const newAuthorization = {
    for: 'export',
    provider: provider?.id,
    method: provider?.methods[0]?.id,
    source: search.source,
  };
  const before = { source: search.source, provider: provider?.id };
  const steps: readonly Step[] = [
    {
      label: provider && say(provider.label),
      again: destinations.length > 1 && { source: search.source, choose: 'provider' },
    },
    { label: type && say(type.label), again: (provider?.job_types.length ?? 0) > 1 && { ...before, choose: 'type' } },
    { label: authorization?.label, again: { ...before, type: type?.id, choose: 'authorization' } },
  ];

  // Until it is known which page it is, there is no heading that would take the focus twice.
  if (!isReady && !failed) return <LoadingRows rows={3} />;
  return (
    <PageLayout
      // Each choice is another page, whose heading takes the focus from the link that is gone.
      key={[provider?.id, type?.id, authorization?.id].join()}
      title={t('export.new')}
      back={{ to: '/jobs', label: t('nav.jobs') }}
      lead={isReady && provider && <Steps steps={steps} />}
    >
      {failed && <Failure error={failed} />}
      {isReady && !provider && (
        <Choices
          label={t('authorization.chooseProvider')}
          choices={destinations.map(({ id, label }) => ({
            key: id,
            title: say(label),
            detail: t('export.provider', { provider: say(label) }),
            to: { to: '/jobs/new', search: { source: search.source, provider: id } },
          }))}
        />
      )}
      {isReady && provider && !type && (
        <Choices
          label={t('export.chooseType')}
          choices={provider.job_types.map(({ id, label }) => ({
            key: id,
            title: say(label),
            to: { to: '/jobs/new', search: { ...chosen, type: id } },
          }))}
        />
      )}
      {isReady && provider && type && !authorization && (
        <Stack gap="md">
          {usable.length > 0 ? (
            <>
              <Choices
                label={t('export.chooseAuthorization')}
                choices={usable.map((offered) => ({
                  key: offered.id,
                  title: offered.label,
                  detail: <HealthMark authorization={offered} />,
                  to: { to: '/jobs/new', search: { ...chosen, authorization: offered.id } },
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
              title={t('export.noAuthorization', { provider: say(provider.label) })}
              action={
                <Button renderRoot={(props) => <Link to="/authorizations/new" search={newAuthorization} {...props} />}>
                  {t('export.createAuthorization')}
                </Button>
              }
            >
              {say(provider.methods[0]?.help ?? '')}
            </Empty>
          )}
        </Stack>
      )}
      {isReady && provider && type && authorization && (
        <BlankExport type={type.id} authorizationId={authorization.id} source={search.source} />
      )}
    </PageLayout>
  );
}

interface Step {
  /** What was chosen; undefined before. */
  readonly label: string | undefined;
  /** The address of the choice; false where there is nothing else to choose. */
  readonly again:
    | {
        readonly choose: string;
        readonly source?: string | undefined;
        readonly provider?: string | undefined;
        readonly type?: string | undefined;
      }
    | false;
}

/** What was chosen so far. Each leads back to its choice. */
function Steps({ steps }: { steps: readonly Step[] }) {
  const { t } = useTranslation();
  return steps
    .filter(({ label }) => label !== undefined)
    .map(({ label, again }, index) => (
      <Fragment key={label}>
        {index > 0 && ' · '}
        {again ? (
          <Anchor
            fz="inherit"
            underline="always"
            aria-label={`${label}${t('list.colon')}${t('export.changeChoice')}`}
            renderRoot={(props) => <Link to="/jobs/new" search={again} {...props} />}
          >
            {label}
          </Anchor>
        ) : (
          label
        )}
      </Fragment>
    ));
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
