/** Moves a job to the destination that takes over its audiences: what is different, and the form of the new job. */
import { Button, Checkbox, List, Radio, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { type ReactNode, useId, useState } from 'react';
import type { JobMove } from '../../../src/contracts/job-move.ts';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { authorizationsQuery } from '../../api/authorizations.ts';
import { useChanges } from '../../api/change.ts';
import { actOnJob, jobMoveQuery, jobQuery } from '../../api/jobs.ts';
import { type ProviderView, useSuccessorsOfJob } from '../../api/providers.ts';
import { Choices } from '../../components/choices.tsx';
import { OfJobType } from '../../components/of-destination.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { HealthMark } from '../../components/status.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { useProviderText } from '../../lib/provider-text.ts';
import { NewExport } from './new-form.tsx';
import { movedValues } from './values.ts';

export function MovePage({ id }: { id: string }) {
  const { t } = useTranslation();
  const say = useProviderText();
  const job = useQuery({ ...jobQuery(id), refetchInterval: false, staleTime: Number.POSITIVE_INFINITY });
  const [successor] = useSuccessorsOfJob(job.data?.type ?? '');
  return (
    <PageLayout
      title={successor ? t('move.title', { to: say(successor.label) }) : t('export.new')}
      lead={job.data && t('move.lead', { name: job.data.name })}
      back={{ to: '/jobs', label: t('nav.jobs') }}
    >
      {job.data && successor ? (
        <ByAuthorization job={job.data} successor={successor} />
      ) : job.isError ? (
        <Failure error={job.error} onRetry={() => job.refetch()} />
      ) : (
        <LoadingRows />
      )}
    </PageLayout>
  );
}

interface OfMove {
  readonly job: JobView;
  readonly successor: ProviderView;
}

/** The only authorization there is, or the one that a person chooses. */
function ByAuthorization({ job, successor }: OfMove) {
  const { t } = useTranslation();
  const say = useProviderText();
  const { may } = useMe();
  const { authorization: chosen } = useSearch({ from: '/app/jobs/new' });
  const authorizations = useQuery(authorizationsQuery);
  if (!authorizations.data) {
    return authorizations.isError ? <Failure error={authorizations.error} /> : <LoadingRows />;
  }
  const usable = authorizations.data.filter(({ provider }) => provider === successor.id);
  const authorization = usable.find(({ id }) => id === chosen) ?? (usable.length === 1 ? usable[0] : undefined);
  if (authorization) return <Suggested key={authorization.id} job={job} authorizationId={authorization.id} />;
  const label = say(successor.label);
  if (usable.length === 0) {
    const search = { provider: successor.id, method: successor.methods[0]?.id };
    return (
      <Empty
        title={t('export.noAuthorization', { provider: label })}
        action={
          may('authorizations.write') && (
            <Button renderRoot={(props) => <Link to="/authorizations/new" search={search} {...props} />}>
              {t('export.createAuthorization')}
            </Button>
          )
        }
      >
        {t('move.noAuthorization', { to: label })}
      </Empty>
    );
  }
  return (
    <Choices
      label={t('export.chooseAuthorization')}
      choices={usable.map((offered) => ({
        key: offered.id,
        title: offered.label,
        detail: <HealthMark authorization={offered} />,
        to: { to: '/jobs/new', search: { move: job.id, authorization: offered.id } },
      }))}
    />
  );
}

function Suggested({ job, authorizationId }: { job: JobView; authorizationId: string }) {
  const { t } = useTranslation();
  const toast = useToast();
  const change = useChanges();
  const move = useQuery(jobMoveQuery(job.id, authorizationId));
  const [starts, setStarts] = useState(false);
  const [pausesOld, setPausesOld] = useState(false);
  if (!move.data) return move.isError ? <Failure error={move.error} onRetry={() => move.refetch()} /> : <LoadingRows />;
  const onCreated = async () => {
    if (!pausesOld) return;
    // The new job exists in any case.
    await change(actOnJob(job.id), 'pause').catch((error: Error) => toast.failed(error));
  };
  const { type, authorization_id } = move.data.job;
  return (
    <Stack gap="md">
      <OfJobType type={job.type}>
        <Differences move={move.data}>
          <Radio.Group
            label={t('move.start')}
            value={starts ? 'now' : 'later'}
            onChange={(value) => setStarts(value === 'now')}
          >
            <Stack gap={6} mt={6}>
              <Radio value="later" label={t('move.start.later')} />
              <Radio value="now" label={t('move.start.now')} />
            </Stack>
          </Radio.Group>
          {job.actions.includes('pause') && (
            <Checkbox
              label={t('move.pauseOld', { name: job.name })}
              description={t('move.pauseOld.hint')}
              checked={pausesOld}
              onChange={(event) => setPausesOld(event.currentTarget.checked)}
            />
          )}
        </Differences>
      </OfJobType>
      <NewExport
        draftKey={`export.move.${job.id}`}
        initial={movedValues(move.data)}
        type={type}
        authorizationId={authorization_id}
        source={undefined}
        move={{ moved_from: job.id, paused: !starts, onCreated }}
      />
    </Stack>
  );
}

/** What the new job keeps, what is different, and how it begins. */
function Differences({ move, children }: { move: JobMove; children: ReactNode }) {
  const { t, translate } = useTranslation();
  const id = useId();
  return (
    <section className="card" aria-labelledby={id} style={{ padding: 'var(--mantine-spacing-lg)' }}>
      <Stack gap="md">
        <Text component="h2" id={id} fz={17} fw={650} m={0}>
          {t('move.differences')}
        </Text>
        <Text fz="sm">
          {t('move.keeps', { parts: move.keeps.map((part) => t(`move.keeps.${part}`)).join(t('list.comma')) })}
        </Text>
        <List fz="sm" spacing={6}>
          {move.notes.map(({ code, ...text }) => (
            <List.Item key={code}>{translate(text)}</List.Item>
          ))}
        </List>
        {children}
      </Stack>
    </section>
  );
}
