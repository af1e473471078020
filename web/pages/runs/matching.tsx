/** LINE's matching after a run, as it goes on. */
import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RunDetail } from '../../../src/contracts/run-progress.ts';
import { runMatchingQuery } from '../../api/runs.ts';
import { DataTable } from '../../components/data-table.tsx';
import { Help } from '../../components/help.tsx';
import { Section } from '../../components/page-layout.tsx';
import { LineStatus } from '../../components/status.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { lineSize } from '../../lib/line-size.ts';
import { matchRateOf } from '../jobs/counts.ts';

export function Matching({ run }: { run: RunDetail }) {
  const { t, format } = useTranslation();
  const matching = useQuery(runMatchingQuery(run.id));
  const items = matching.data ?? [];
  const rate = matchRateOf(run);
  return (
    <Section title={t('matching.title')}>
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
                  cell: ({ estimated_size: size }) => (size ? lineSize(size, { t, format }) : '–'),
                },
              ]}
            />
          </div>
        )}
      </Stack>
    </Section>
  );
}
