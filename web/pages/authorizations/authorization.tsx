/** One authorization: its health, the jobs that use it, and its actions. */
import { Anchor, Button, Code, List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Authorization } from '../../../src/contracts/authorizations.ts';
import { hasSystemCode } from '../../../src/domain/errors/system-codes.ts';
import { authorizationJobsQuery, authorizationQuery, deleteAuthorization } from '../../api/authorizations.ts';
import { useChange } from '../../api/change.ts';
import { type ProviderView, providersQuery } from '../../api/providers.ts';
import { suppressionListsQuery } from '../../api/suppression-lists.ts';
import { Confirm } from '../../components/confirm.tsx';
import { DeleteButton } from '../../components/delete-button.tsx';
import { Facts } from '../../components/facts.tsx';
import { Note } from '../../components/note.tsx';
import { PageLayout, Section } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { HealthMark } from '../../components/status.tsx';
import { Technical } from '../../components/technical.tsx';
import { By, When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { useProviderText } from '../../lib/provider-text.ts';
import { useStillHere } from '../../lib/still-here.ts';
import { shownFields } from './configuration-fields.tsx';
import { Verify } from './verify.tsx';

/** Few people change credentials. */
const laterChange = later(() => import('./change.tsx'));
/** Few authorizations need a consent. */
const laterConnection = later(() => import('./connection/connection.tsx'));

export function AuthorizationPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/app/authorizations/$id' });
  const found = useQuery(authorizationQuery(id));
  const back = { to: '/authorizations', label: t('nav.authorizations') } as const;
  if (found.data) return <Found authorization={found.data} back={back} />;
  return (
    <PageLayout title={t('authorization.title')} back={back}>
      {found.isError ? <Failure error={found.error} onRetry={() => found.refetch()} /> : <LoadingRows />}
    </PageLayout>
  );
}

type Dialog = 'edit' | 'secret' | 'delete' | null;

interface FoundProps {
  readonly authorization: Authorization;
  readonly back: { readonly to: '/authorizations'; readonly label: string };
}

function Found({ authorization, back }: FoundProps) {
  const { t } = useTranslation();
  const say = useProviderText();
  const { may } = useMe();
  const navigate = useNavigate();
  const isStillHere = useStillHere();
  const { connect: outcome } = useSearch({ from: '/app/authorizations/$id' });
  const { connection } = authorization;
  const part = useLater(laterConnection, connection !== undefined);
  const isReady = !connection || (connection.connected && connection.account !== null);
  const [dialog, setDialog] = useState<Dialog>(null);
  const change = useLater(laterChange, dialog === 'edit' || dialog === 'secret');
  const providers = useQuery(providersQuery);
  const provider = providers.data?.find((known) => known.id === authorization.provider);
  const method = provider?.methods.find((known) => known.id === authorization.method);
  const jobs = useQuery(authorizationJobsQuery(authorization.id));
  const lists = (useQuery(suppressionListsQuery).data ?? []).filter(
    ({ source_authorization_id }) => source_authorization_id === authorization.id,
  );
  const isUsed = lists.length > 0 || (jobs.data?.length ?? 0) > 0;
  const close = () => setDialog(null);
  const deletion = useChange(deleteAuthorization, {
    onSuccess: async () => {
      if (isStillHere()) await navigate({ to: '/authorizations' });
    },
  });

  return (
    <PageLayout
      title={authorization.label}
      lead={authorization.description}
      back={back}
      actions={
        may('authorizations.write') && (
          <>
            {provider && may('jobs.write') && isReady && authorization.health !== 'unhealthy' && (
              <Button
                renderRoot={(props) => (
                  <Link
                    to="/jobs/new"
                    search={
                      provider.role === 'source' ? { source: authorization.id } : { authorization: authorization.id }
                    }
                    {...props}
                  />
                )}
              >
                {t('export.new')}
              </Button>
            )}
            <Button variant="default" onClick={() => setDialog('edit')}>
              {t('action.edit')}
            </Button>
            <Button variant="default" onClick={() => setDialog('secret')}>
              {t('authorization.replaceSecret')}
            </Button>
            <DeleteButton
              refusal={isUsed ? t('authorization.delete.used') : undefined}
              onClick={() => setDialog('delete')}
            />
          </>
        )
      }
    >
      <Facts
        facts={{
          [t('jobs.status')]: <HealthMark authorization={authorization} />,
          [t('authorization.checked')]: authorization.health_checked_at ? (
            <When at={authorization.health_checked_at} />
          ) : (
            t('authorization.never')
          ),
          [t('authorization.provider')]: providers.isPending ? '–' : say(provider?.label ?? authorization.provider),
          [t('authorization.method')]: say(method?.label ?? authorization.method),
          [t('authorization.use')]: provider && t(`authorization.use.${provider.role}`),
          [t('authorization.jobTypes')]: [
            ...new Set(jobTypesOf(provider, providers.data).map(({ label }) => say(label))),
          ].join(t('list.comma')),
          [t('authorization.outside')]: authorization.references ? (
            <References fields={method?.fields ?? []} references={authorization.references} />
          ) : null,
          [t('authorization.createdBy')]: <By who={authorization.created_by} at={authorization.created_at} />,
          [t('authorization.modified')]: <By who={authorization.updated_by} at={authorization.updated_at} />,
        }}
      />
      <Advice authorization={authorization} />
      {connection && part && (
        <part.Connection
          // Each way back is another one.
          key={outcome}
          authorization={authorization}
          connection={connection}
          outcome={outcome}
        />
      )}
      {may('authorizations.write') && connection?.connected !== false && <Verify authorization={authorization} />}
      <Section title={t('authorization.usedBy')}>
        {jobs.isError && <Failure error={jobs.error} />}
        {jobs.data && !isUsed && (
          <Text fz="sm" c="dimmed">
            {t('authorization.unused')}
          </Text>
        )}
        {isUsed && <Users jobs={jobs.data ?? []} lists={lists} />}
      </Section>
      {dialog === 'edit' && change && <change.EditAuthorization authorization={authorization} onClose={close} />}
      {dialog === 'secret' && method && change && (
        <change.ReplaceSecret authorization={authorization} fields={shownFields(method)} onClose={close} />
      )}
      <Confirm
        opened={dialog === 'delete'}
        onClose={close}
        title={t('action.delete.title', { name: authorization.label })}
        action={t('action.delete')}
        onConfirm={() => deletion.mutateAsync(authorization.id)}
      >
        {t('authorization.delete.detail')}
      </Confirm>
    </PageLayout>
  );
}

/** Which fields refer to secrets outside, and to which. */
function References({
  fields,
  references,
}: {
  readonly fields: ProviderView['methods'][number]['fields'];
  readonly references: Readonly<Record<string, string>>;
}) {
  const say = useProviderText();
  const labelOf = (key: string) => say(fields.find((field) => field.key === key)?.label ?? key);
  return Object.entries(references).map(([key, reference]) => (
    <div key={key}>
      {labelOf(key)} <Code style={{ overflowWrap: 'anywhere' }}>{reference}</Code>
    </div>
  ));
}

/** Jobs of every destination can use the audiences of a source. */
const jobTypesOf = (provider: ProviderView | undefined, all: readonly ProviderView[] = []) =>
  provider?.role === 'source' ? all.flatMap(({ job_types }) => job_types) : (provider?.job_types ?? []);

/** Why the authorization is not healthy, and what to do next. */
function Advice({ authorization }: { authorization: Authorization }) {
  const { t, translate } = useTranslation();
  const { may } = useMe();
  const { health, health_reason, health_reason_sentence } = authorization;
  const next = nextOf(authorization);
  if (health === 'healthy' || (next === null && !health_reason)) return null;
  return (
    <Note>
      {health_reason && <Text fz="sm">{translate({ message: health_reason, sentence: health_reason_sentence })}</Text>}
      {health_reason && hasSystemCode(health_reason) && <Technical text={health_reason} />}
      {next && may('authorizations.write') && (
        <Text fz="sm" c={health_reason ? 'dimmed' : undefined} mt={health_reason ? 4 : 0}>
          {t(`authorization.todo.${next}`)}
        </Text>
      )}
    </Note>
  );
}

/** What a person must do; null where the connection says it. */
function nextOf({ health, health_checked_at, connection }: Authorization) {
  if (connection && (health === 'unhealthy' || !connection.connected || connection.account === null)) return null;
  if (health === 'unhealthy') return 'unhealthy';
  return health_checked_at === null ? 'first' : 'unknown';
}

type Named = readonly { readonly id: string; readonly name: string }[];

/** Links to the jobs and the lists that use the authorization. */
function Users({ jobs, lists }: { jobs: Named; lists: Named }) {
  const { t } = useTranslation();
  return (
    <List fz="sm" spacing={4} mt={4}>
      {jobs.map(({ id, name }) => (
        <List.Item key={id}>
          <Anchor fz="inherit" renderRoot={(props) => <Link to="/jobs/$id" params={{ id }} {...props} />}>
            {name}
          </Anchor>
        </List.Item>
      ))}
      {lists.map(({ id, name }) => (
        <List.Item key={id}>
          {t('authorization.usedBy.list')}
          {t('list.colon')}
          <Anchor fz="inherit" renderRoot={(props) => <Link to="/suppression-lists/$id" params={{ id }} {...props} />}>
            {name}
          </Anchor>
        </List.Item>
      ))}
    </List>
  );
}
