/** What a run wrote down, and its requests to LINE. */
import '@mantine/core/styles/Tabs.css';
import { Code, Table, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RunEvent } from '../../../src/contracts/run-events.ts';
import { runJournalQuery, runRequestsQuery } from '../../api/runs.ts';
import { useLineTerm } from '../../components/line-term.tsx';
import { Section } from '../../components/page-layout.tsx';
import { Failure } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { holdsInWords } from '../../lib/holds.ts';

export function RunLog({ runId }: { runId: string }) {
  const { t } = useTranslation();
  return (
    <Section title={t('run.log')}>
      <div className="card" style={{ padding: '4px 0' }}>
        <Tabs defaultValue="journal" keepMounted={false}>
          <Tabs.List px="sm">
            <Tabs.Tab value="journal">{t('run.log.journal')}</Tabs.Tab>
            <Tabs.Tab value="requests">{t('run.log.requests')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="journal">
            <Journal runId={runId} />
          </Tabs.Panel>
          <Tabs.Panel value="requests">
            <Requests runId={runId} />
          </Tabs.Panel>
        </Tabs>
      </div>
    </Section>
  );
}

function Journal({ runId }: { runId: string }) {
  const { t, format } = useTranslation();
  const tell = useTell();
  const journal = useQuery(runJournalQuery(runId));
  if (journal.isError) return <Failure error={journal.error} />;
  const items = journal.data?.items ?? [];
  return (
    <Table verticalSpacing={6} horizontalSpacing="lg" aria-label={t('run.log.journal')}>
      <Table.Tbody>
        {items.map(({ seq, event }) => (
          <Table.Tr key={seq}>
            <Table.Td w={100} style={{ verticalAlign: 'top' }}>
              <Text fz="sm" c="dimmed" className="numbers" ta="left">
                {format.time(event.at)}
              </Text>
            </Table.Td>
            <Table.Td>
              <Text fz="sm">{tell(event)}</Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** An entry of the journal as a sentence. */
function useTell(): (event: RunEvent) => string {
  const { t, tIfKnown, translate, format } = useTranslation();
  const lineWords = useLineTerm();
  return (event) => {
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
        return t('journal.staged', { count: event.counts.unique, chunks: event.chunks.length });
      case 'compared':
        return holdsInWords(event.before, { t, format });
      case 'intent':
        return t('journal.intent', { chunk: event.chunk, action: lineWords(event.action) });
      case 'accepted':
        return t('journal.accepted', { chunk: event.chunk, audience: event.audienceId });
      case 'not_taken':
        return t('journal.not_taken', { chunk: event.chunk, reason: lineWords(event.reason ?? '') });
      case 'job':
        return t('journal.job', { chunk: event.chunk, status: lineWords(event.jobStatus) });
      case 'warning':
        return t(`warning.${event.warning.code}`, { count: event.warning.count });
      case 'ended':
        return event.error
          ? `${tIfKnown(`error.${event.error.code}`, t('error.other'))} – ${translate(event.error)}`
          : t('journal.ended', { status: t(`run.status.${event.status}`) });
    }
  };
}

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
    <div style={{ overflowX: 'auto' }}>
      <Table verticalSpacing={6} horizontalSpacing="lg">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('log.when')}</Table.Th>
            <Table.Th>{t('request.what')}</Table.Th>
            <Table.Th ta="right">{t('jobs.status')}</Table.Th>
            <Table.Th visibleFrom="sm" ta="right">
              {t('request.duration')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((entry) => (
            <Table.Tr key={`${entry.at} ${entry.endpoint} ${entry.attempt}`}>
              <Table.Td>{format.time(entry.at)}</Table.Td>
              <Table.Td>
                <Code fz={12} style={{ overflowWrap: 'anywhere' }}>
                  {entry.method} {entry.endpoint}
                </Code>
              </Table.Td>
              <Table.Td className="numbers">{entry.status ?? entry.error ?? '–'}</Table.Td>
              <Table.Td visibleFrom="sm" className="numbers">
                {format.duration(entry.duration_ms)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
