/** Whether an authorization is connected, by whom, with which base account; and how to connect it. */
import { Button, Group, List, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Authorization } from '../../../../src/contracts/authorizations.ts';
import { connectionTexts as texts } from '../../../../src/contracts/consent-texts.ts';
import type { Connection as ConnectionState } from '../../../../src/contracts/consents.ts';
import { authorizationJobsQuery, beginConsent, endConsent, takeOver } from '../../../api/authorizations.ts';
import { useChange } from '../../../api/change.ts';
import { isChangedMeanwhile } from '../../../components/changed-meanwhile.tsx';
import { Confirm } from '../../../components/confirm.tsx';
import { Copyable } from '../../../components/copyable.tsx';
import { Facts } from '../../../components/facts.tsx';
import { Section } from '../../../components/page-layout.tsx';
import { Failure } from '../../../components/states.tsx';
import { Status } from '../../../components/status.tsx';
import { By, When } from '../../../components/when.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';
import { useMe } from '../../../lib/me.ts';
import { useProviderText } from '../../../lib/provider-text.ts';
import { BaseAccountDialog } from './base-account-dialog.tsx';
import { CodeDialog } from './code-dialog.tsx';
import { Outcome } from './outcome.tsx';

export { Outcome };

interface ConnectionProps {
  readonly authorization: Authorization;
  readonly connection: ConnectionState;
  /** How the consent has ended from which the browser has just come back. */
  readonly outcome: string | undefined;
}

type Dialog = { readonly kind: 'code'; readonly url: string } | { readonly kind: 'account' | 'disconnect' } | null;

export function Connection({ authorization, connection, outcome: arrived }: ConnectionProps) {
  const say = useProviderText();
  const { may } = useMe();
  const { id, revision } = authorization;
  const [outcome, setOutcome] = useState(arrived);
  const mustChoose = arrived === 'connected' && connection.account === null && may('authorizations.write');
  const [dialog, setDialog] = useState<Dialog>(mustChoose ? { kind: 'account' } : null);
  const queries = useQueryClient();
  const begin = useChange(beginConsent(id), {
    onSuccess: ({ by, url }) => {
      setOutcome(undefined);
      if (by === 'code') setDialog({ kind: 'code', url });
      else window.location.assign(url);
    },
    onError: async (error) => {
      if (isChangedMeanwhile(error)) await takeOver(queries, id);
    },
  });
  const end = useChange(endConsent);
  const connect = (by: 'redirect' | 'code', replace_identity = false) =>
    begin.mutate({ revision, by, replace_identity });
  const usualWay = connection.redirect_uri === null ? 'code' : 'redirect';
  return (
    <Section title={say(texts.title)}>
      {outcome && <Outcome outcome={outcome} isBusy={begin.isPending} onReplace={() => connect(usualWay, true)} />}
      <div className="card">
        <ConnectionFacts connection={connection} />
        <Stack px="lg" pb="lg" gap="md">
          {connection.connected && authorization.health === 'unhealthy' && <Text fz="sm">{say(texts.again)}</Text>}
          <Text fz="sm" c="dimmed">
            {say(connection.connected ? texts.keep : texts.first)}
          </Text>
          {begin.error && <Failure error={begin.error} />}
          {may('authorizations.write') && (
            <>
              <Group gap="sm">
                <Button
                  variant={connection.connected ? 'default' : 'filled'}
                  loading={begin.isPending}
                  onClick={() => connect(usualWay)}
                >
                  {say(connection.connected ? texts.connectAgain : texts.connect)}
                </Button>
                {connection.connected && (
                  <Button
                    variant={connection.account === null ? 'filled' : 'default'}
                    onClick={() => setDialog({ kind: 'account' })}
                  >
                    {say(connection.account === null ? texts.choose : texts.chooseAnother)}
                  </Button>
                )}
                {connection.connected && (
                  <Button
                    variant="default"
                    c="var(--mantine-color-error)"
                    onClick={() => setDialog({ kind: 'disconnect' })}
                  >
                    {say(texts.disconnect)}
                  </Button>
                )}
                {usualWay === 'redirect' && (
                  <Button variant="subtle" disabled={begin.isPending} onClick={() => connect('code')}>
                    {say(texts.byCode)}
                  </Button>
                )}
              </Group>
              {connection.redirect_uri !== null && (
                <Text fz="sm" c="dimmed" component="div">
                  {say(texts.redirectUri)} <Copyable text={connection.redirect_uri} />
                </Text>
              )}
            </>
          )}
        </Stack>
      </div>
      {dialog?.kind === 'code' && (
        <CodeDialog
          id={id}
          url={dialog.url}
          isBusy={begin.isPending}
          onReplace={() => connect('code', true)}
          onClose={() => setDialog(null)}
          onConnected={({ connection: now }) => setDialog(now?.account ? null : { kind: 'account' })}
        />
      )}
      {dialog?.kind === 'account' && (
        <BaseAccountDialog authorization={authorization} chosen={connection.account} onClose={() => setDialog(null)} />
      )}
      <Confirm
        opened={dialog?.kind === 'disconnect'}
        onClose={() => setDialog(null)}
        title={say(texts.disconnectTitle)}
        action={say(texts.disconnect)}
        onConfirm={async () => {
          await end.mutateAsync(id);
          setOutcome(undefined);
        }}
      >
        <WhatWaits id={id} />
      </Confirm>
    </Section>
  );
}

/** What ends with the connection. */
function WhatWaits({ id }: { id: string }) {
  const say = useProviderText();
  const jobs = useQuery(authorizationJobsQuery(id)).data;
  return (
    <Stack gap="xs">
      <Text fz="sm">{say(texts.disconnectDetail)}</Text>
      {jobs && <Text fz="sm">{say(jobs.length > 0 ? texts.disconnectJobs : texts.disconnectNoJobs)}</Text>}
      <List fz="sm" spacing={4} mah={240} style={{ overflowY: 'auto' }}>
        {jobs?.map((job) => (
          <List.Item key={job.id}>{job.name}</List.Item>
        ))}
      </List>
    </Stack>
  );
}

function ConnectionFacts({ connection }: { connection: ConnectionState }) {
  const { t } = useTranslation();
  const say = useProviderText();
  const { connected, by, at, identity, refreshed_at, account } = connection;
  return (
    <Facts
      isPart
      facts={{
        [t('jobs.status')]: (
          <Status tone={connected ? 'good' : 'idle'}>{say(connected ? texts.connected : texts.notConnected)}</Status>
        ),
        [say(texts.by)]: connected && by !== null && at !== null ? <By who={by} at={at} /> : null,
        [say(texts.identity)]: connected ? identity : null,
        [say(texts.refreshed)]: refreshed_at === null ? null : <When at={refreshed_at} />,
        [say(texts.account)]: connected ? <AccountName account={account} /> : null,
      }}
    />
  );
}

function AccountName({ account }: { account: ConnectionState['account'] }) {
  const say = useProviderText();
  if (account === null) return say(texts.noAccount);
  return account.name === null ? account.id : `${account.name} (${account.id})`;
}
