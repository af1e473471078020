/** What a job waits for that runs when its data is ready, and why it may wait in vain. */
import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { JobView } from '../../../src/contracts/jobs.ts';
import type { TriggerKind } from '../../../src/domain/schedule/triggers/index.ts';
import { Copyable } from '../../components/copyable.tsx';
import { WarningNote } from '../../components/warning-line.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';

/** The message that names what is awaited, and how it is shown. */
const kinds = {
  after_job: { label: 'form.trigger.job', Thing: AwaitedJob },
  object: { label: 'form.trigger.address', Thing: AwaitedObject },
  table: { label: 'form.trigger.change', Thing: AwaitedChange },
  webhook: { label: 'form.trigger.webhook', Thing: AwaitedWebhook },
} as const satisfies Readonly<Record<TriggerKind, { label: string; Thing: (props: { job: JobView }) => ReactNode }>>;

export const awaitedLabel = (kind: TriggerKind) => kinds[kind].label;

export function Awaited({ job, kind }: { job: JobView; kind: TriggerKind }) {
  const { Thing } = kinds[kind];
  return (
    <Stack gap={4}>
      <Thing job={job} />
      {job.warnings.filter(isOfTrigger).map((warning) => (
        <WarningNote key={warning.path} text={warning} />
      ))}
    </Stack>
  );
}

export const isOfTrigger = ({ path }: JobView['warnings'][number]): boolean => path.startsWith('configuration.trigger');

const laterParts = later(() => import('./waiting-parts.ts'));

function AwaitedWebhook(props: { job: JobView }) {
  const code = useLater(laterParts);
  return code ? <code.Webhook {...props} /> : null;
}

function Looks(props: { job: JobView }) {
  const code = useLater(laterParts);
  return code ? <code.Looks {...props} /> : null;
}

function AwaitedJob({ job: { trigger } }: { job: JobView }) {
  const other = trigger?.job;
  if (!other) return null;
  return (
    <Anchor fz="inherit" renderRoot={(props) => <Link to="/jobs/$id" params={{ id: other.id }} {...props} />}>
      {other.name}
    </Anchor>
  );
}

function AwaitedObject({ job }: { job: JobView }) {
  const { trigger, segment_id } = job.configuration;
  if (trigger?.kind !== 'object') return null;
  return (
    <>
      <Copyable text={trigger.address ?? segment_id} />
      <Looks job={job} />
    </>
  );
}

function AwaitedChange({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const { trigger } = job.configuration;
  if (trigger?.kind !== 'table') return null;
  const { column, query } = trigger;
  return (
    <>
      {query !== null ? (
        <Copyable text={query} />
      ) : (
        (column ?? <Text fz="inherit">{t('form.trigger.change.metadata')}</Text>)
      )}
      <Looks job={job} />
    </>
  );
}
