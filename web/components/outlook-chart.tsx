/** What a list will hold over the next weeks: with all runs of the schedule, and without any. */
import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { OutlookRequest } from '../../src/contracts/outlook.ts';
import { outlookQuery } from '../api/jobs.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { Chart } from './charts/chart.tsx';
import { Failure } from './states.tsx';

interface OutlookChartProps {
  readonly request: OutlookRequest;
  /** The end of the last run. */
  readonly since?: string | null;
}

export function OutlookChart({ request, since = null }: OutlookChartProps) {
  const { t, format } = useTranslation();
  const { data, error, refetch } = useQuery(outlookQuery(request, since));
  if (error) return <Failure error={error} onRetry={() => refetch()} />;
  const times = (data?.with_runs ?? []).map(({ at }) => Date.parse(at));
  const [from = Date.now()] = times;
  const facts = data && [
    data.run !== null &&
      data.run.most > data.run.least &&
      t('outlook.people', { least: format.number(data.run.least), most: format.number(data.run.most) }),
    data.longest_gap !== null && t('outlook.gap', { days: data.longest_gap }),
    times.length > 0 &&
      (data.empty_at === null ? t('outlook.full') : t('outlook.empty', { time: format.dateTime(data.empty_at) })),
    data.empty_without_runs_at !== null &&
      t('outlook.emptyWithout', { time: format.dateTime(data.empty_without_runs_at) }),
  ];
  return (
    <Stack gap="xs">
      {facts && (
        <Text fz="sm" role="status">
          {facts.filter(Boolean).join(' ')}
        </Text>
      )}
      <Chart
        title={t('outlook.title')}
        unit="count"
        size="small"
        isDaily
        times={times}
        range={[from, times.at(-1) ?? from + 1]}
        empty={data ? t('outlook.unknown') : ''}
        series={[
          { key: 'with', label: t('outlook.with'), tone: 'size', values: valuesOf(data?.with_runs) },
          { key: 'without', label: t('outlook.without'), tone: 'other', values: valuesOf(data?.without_runs) },
        ]}
      />
      <Text fz="xs" c="dimmed">
        {t('outlook.note')}
      </Text>
    </Stack>
  );
}

const valuesOf = (points: readonly { readonly members: number }[] = []): number[] =>
  points.map(({ members }) => members);
