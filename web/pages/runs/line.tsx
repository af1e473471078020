/** What LINE did with a run: its upload job for each chunk, and its matching afterwards. */

import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RunSummary } from '../../../src/contracts/runs.ts';
import { matchRateOf } from '../../../src/domain/audiences/size.ts';
import type { RunDocument } from '../../../src/domain/runs/run.ts';
import { runMatchingQuery } from '../../api/runs.ts';
import { DataTable } from '../../components/data-table.tsx';
import { Help } from '../../components/help.tsx';
import { LineTerm } from '../../components/line-term.tsx';
import { Section } from '../../components/page-layout.tsx';
import { LineStatus } from '../../components/status.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { formatLineSize } from '../../lib/audience-size.ts';

export function ChunkTable({ chunks }: { chunks: RunDocument['chunks'] }) {
  const { format } = useTranslation();
  return (
    <div className="card">
      <DataTable
        verticalSpacing="xs"
        horizontalSpacing="md"
        rows={chunks}
        rowKey={({ index }) => index}
        columns={[
          { label: 'chunk.index', cell: ({ index }) => index },
          { label: 'chunk.action', from: 's', cell: ({ action }) => <LineTerm constant={action} /> },
          { label: 'chunk.records', isNumeric: true, cell: ({ records }) => format.number(records) },
          { label: 'chunk.size', isNumeric: true, from: 'l', cell: ({ bytes }) => format.bytes(bytes) },
          { label: 'chunk.job', from: 'l', cell: ({ uploadJobId }) => uploadJobId ?? '–' },
          {
            label: 'chunk.status',
            cell: ({ jobStatus, word, failedType }) => (
              <>
                {jobStatus ? <LineStatus status={jobStatus} word={word} /> : '–'}
                {failedType && (
                  <Text fz="xs" component="div">
                    <LineTerm constant={failedType} />
                  </Text>
                )}
              </>
            ),
          },
          {
            label: 'chunk.processed',
            isNumeric: true,
            from: 'm',
            cell: ({ jobStatus, audienceCount }) => format.number(jobStatus === 'FINISHED' ? audienceCount : null),
          },
        ]}
      />
    </div>
  );
}

interface MatchingProps {
  readonly runId: string;
  /** @default the first */
  readonly delivery?: number;
  readonly figures: Pick<RunSummary, 'unique' | 'matching_size'> | undefined;
  /** The identifier, of a run with several. */
  readonly identifier?: string;
}

export function Matching({ runId, delivery = 1, figures, identifier }: MatchingProps) {
  const { t, format } = useTranslation();
  const matching = useQuery(runMatchingQuery(runId, delivery));
  const items = matching.data ?? [];
  const rate = figures ? matchRateOf(figures.matching_size, figures.unique) : null;
  return (
    <Section title={[t('matching.title'), identifier].filter(Boolean).join(' · ')}>
      <Stack className="card" p="lg" gap="sm">
        <Text fz="sm" c="dimmed">
          {t('matching.note')}
        </Text>
        {rate !== null && (
          <Text fz="sm" component="div">
            {t('matching.rate', { rate: format.percent(rate) })}{' '}
            <Help label={t('run.matchRate')}>{t('help.matchRate')}</Help>
          </Text>
        )}
        {items.length === 0 ? (
          <Text fz="sm">{t('matching.none')}</Text>
        ) : (
          <div className="table-card">
            <DataTable
              verticalSpacing={6}
              horizontalSpacing="xs"
              rows={items.toReversed()}
              rowKey={({ at }) => at}
              columns={[
                { label: 'log.when', cell: ({ at }) => format.dateTime(at) },
                {
                  label: 'matching.status',
                  cell: ({ status }) => (status ? <LineStatus status={status} /> : '–'),
                },
                {
                  label: 'chart.estimate',
                  isNumeric: true,
                  cell: ({ estimated_size: size }) => (size ? formatLineSize(size, { t, format }) : '–'),
                },
              ]}
            />
          </div>
        )}
      </Stack>
    </Section>
  );
}
