/** The journal of a run, and its requests to LINE. */
import { Code, Tabs, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { RunDocument, RunError } from '../../../src/domain/runs/run.ts';
import type { RunEvent } from '../../../src/domain/runs/run-events.ts';
import { runJournalQuery, runRequestsQuery } from '../../api/runs.ts';
import { DataTable } from '../../components/data-table.tsx';
import { useLineTerm } from '../../components/line-term.tsx';
import { Failure } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { describeAudienceSize } from '../../lib/audience-size.ts';

interface LogProps {
  readonly runId: string;
  readonly document: RunDocument;
}

/** Folded, with one line about it: few people read it. The address says whether it is open. */
export function RunLog({ runId, document }: LogProps) {
  const { t } = useTranslation();
  const { log } = useSearch({ from: '/app/runs/$id' });
  const navigate = useNavigate({ from: '/runs/$id' });
  const isOpen = log === 'open';
  const toggle = (open: boolean) =>
    open !== isOpen &&
    navigate({
      search: (before) => ({ ...before, log: open ? 'open' : undefined }),
      replace: true,
      resetScroll: false,
    });
  return (
    <details className="card folded" open={isOpen} onToggle={(event) => void toggle(event.currentTarget.open)}>
      <summary>
        <Title order={2} fz="md">
          {t('run.log')}
        </Title>
        {!isOpen && <Newest runId={runId} document={document} />}
      </summary>
      {isOpen && (
        <Tabs defaultValue="journal" keepMounted={false}>
          <Tabs.List px="sm">
            <Tabs.Tab value="journal">{t('run.log.journal')}</Tabs.Tab>
            <Tabs.Tab value="requests">{t('run.log.requests')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="journal">
            <Journal runId={runId} document={document} />
          </Tabs.Panel>
          <Tabs.Panel value="requests">
            <Requests runId={runId} />
          </Tabs.Panel>
        </Tabs>
      )}
    </details>
  );
}

/** How many entries there are, and the newest one. */
function Newest({ runId, document }: LogProps) {
  const { t, format } = useTranslation();
  const describe = useDescribeEvent(document);
  const { data } = useQuery(runJournalQuery(runId));
  const newest = data?.items.at(-1);
  if (!data || !newest) return null;
  // The newest entries of a very long log are not here.
  const line = data.next === null && [newest.event.at !== '' && format.time(newest.event.at), describe(newest.event)];
  return (
    <Text fz="sm" c="dimmed" className="one-line-only">
      {[t('run.log.entries', { count: data.items.length }), ...(line || [])].filter(Boolean).join(' · ')}
    </Text>
  );
}

function Journal({ runId, document }: LogProps) {
  const { t, format } = useTranslation();
  const describe = useDescribeEvent(document);
  const journal = useQuery(runJournalQuery(runId));
  if (journal.isError) return <Failure error={journal.error} />;
  const items = journal.data?.items ?? [];
  return (
    <DataTable
      verticalSpacing={6}
      horizontalSpacing="lg"
      aria-label={t('run.log.journal')}
      isHeadless
      rows={items}
      rowKey={({ seq }) => seq}
      columns={[
        {
          label: 'log.when',
          width: 124,
          className: 'at-top',
          cell: ({ event }) => (
            <Text fz="sm" c="dimmed" className="digits">
              {event.at === '' ? '–' : format.time(event.at)}
            </Text>
          ),
        },
        { label: 'log.what', cell: ({ event }) => <Text fz="sm">{describe(event)}</Text> },
      ]}
    />
  );
}

/** Describes an event of the journal. */
function useDescribeEvent(document: RunDocument): (event: RunEvent) => string {
  const names = audienceNames(document);
  const { t, tIfKnown, translate, format } = useTranslation();
  const lineTerm = useLineTerm();
  const failure = (error: RunError) => `${tIfKnown(`error.${error.code}`, t('error.other'))} – ${translate(error)}`;
  const ofDelivery = (delivery: number, text: string) => {
    const name = names?.[delivery - 1];
    return name ? `${name}${t('list.colon')}${text}` : text;
  };
  const staged = ({ counts, chunks }: Staged) => t('journal.staged', { count: counts.unique, chunks: chunks.length });
  const describe = (event: RunEvent): string => {
    switch (event.type) {
      case 'started':
        return t('journal.started');
      case 'resumed':
        return t('journal.resumed');
      case 'scan_continued':
        return t('journal.scan_continued', { rows: event.rows });
      case 'scan_restarted':
        return t(`journal.scan_restarted.${event.reason}`);
      case 'staged':
        return [event, ...(event.siblings ?? [])]
          .map((delivery, index) => ofDelivery(index + 1, staged(delivery)))
          .join(' ');
      case 'split':
        return t('journal.split', { rows: event.rows, parts: event.parts, without: event.without });
      case 'life':
        return t('journal.life', { audience: event.audienceId, time: format.dateTime(event.endsAt) });
      case 'renewed':
        return t('journal.renewed', { audience: event.from.audienceId, name: event.audienceName });
      case 'compared':
        return describeAudienceSize(event.before, { t, format });
      case 'intent':
        return t('journal.intent', { chunk: event.chunk, action: lineTerm(event.action) });
      case 'created':
        return t('journal.created', { audience: event.audienceId });
      case 'accepted':
        return t('journal.accepted', { chunk: event.chunk, audience: event.audienceId });
      case 'not_taken':
        return t('journal.not_taken', { chunk: event.chunk, reason: lineTerm(event.reason ?? '') });
      case 'job':
        return t('journal.job', { chunk: event.chunk, status: lineTerm(event.word ?? event.jobStatus) });
      case 'warning':
        return t(`warning.${event.warning.code}`, { count: event.warning.count });
      case 'delivery_failed':
        return failure(event.error);
      case 'unreadable':
        return t('journal.unreadable', { event: event.event });
      case 'ended':
        return event.error ? failure(event.error) : t('journal.ended', { status: t(`run.status.${event.status}`) });
    }
  };
  return (event) => (isOfDelivery(event) ? ofDelivery(event.delivery ?? 1, describe(event)) : describe(event));
}

/** The audiences of a run by their number, from 1, for its log; undefined for a run with one audience. */
function audienceNames(document: RunDocument): readonly (string | null)[] | undefined {
  const { audience, siblings } = document;
  if (!siblings || siblings.length === 0) return undefined;
  return [audience, ...siblings.map((sibling) => sibling.audience)].map((named) => named?.name ?? named?.id ?? null);
}

type Staged = Pick<Extract<RunEvent, { type: 'staged' }>, 'counts' | 'chunks'>;

/** Events that tell of one audience. */
type OfDelivery = Extract<RunEvent, { delivery?: unknown }>;

const isOfDelivery = (event: RunEvent): event is OfDelivery =>
  ['compared', 'intent', 'created', 'accepted', 'not_taken', 'job', 'warning', 'delivery_failed'].includes(event.type);

function Requests({ runId }: { runId: string }) {
  const { t, format } = useTranslation();
  const requests = useQuery(runRequestsQuery(runId));
  if (requests.isError) return <Failure error={requests.error} />;
  const items = requests.data?.items ?? [];
  if (requests.data && items.length === 0) {
    return (
      <Text fz="sm" c="dimmed" p="lg">
        {t('run.log.noRequests')}
      </Text>
    );
  }
  return (
    <div className="table-card">
      <DataTable
        verticalSpacing={6}
        horizontalSpacing="lg"
        rows={items}
        rowKey={({ at, endpoint, attempt }) => `${at} ${endpoint} ${attempt}`}
        columns={[
          { label: 'log.when', cell: ({ at }) => format.time(at) },
          {
            label: 'request.what',
            cell: ({ method, endpoint }) => (
              <Code fz={12}>
                {method} {endpoint}
              </Code>
            ),
          },
          { label: 'jobs.status', isNumeric: true, cell: ({ status, error }) => status ?? error ?? '–' },
          {
            label: 'run.duration',
            isNumeric: true,
            from: 'm',
            cell: ({ duration_ms }) => format.duration(duration_ms),
          },
        ]}
      />
    </div>
  );
}
