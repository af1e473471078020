/** LINE's matching after a run, as it goes on. */
import { Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RunDetail } from '../../../src/contracts/run-progress.ts';
import { runMatchingQuery } from '../../api/runs.ts';
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
          <Table verticalSpacing={6} horizontalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('log.when')}</Table.Th>
                <Table.Th style={{ whiteSpace: 'normal' }}>{t('matching.status')}</Table.Th>
                <Table.Th ta="right" style={{ whiteSpace: 'normal' }}>
                  {t('chart.estimate')}
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.toReversed().map(({ at, status, estimated_size }) => (
                <Table.Tr key={at}>
                  <Table.Td>{format.dateTime(at)}</Table.Td>
                  <Table.Td>{status ? <LineStatus status={status} /> : '–'}</Table.Td>
                  <Table.Td className="numbers">
                    {estimated_size ? lineSize(estimated_size, { t, format }) : '–'}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Stack>
    </Section>
  );
}
