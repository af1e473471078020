/** Sizes, reach, match rate and durations of all jobs together, day by day. */
import type { Overview } from '../../../src/contracts/overview.ts';
import { Chart } from '../../components/charts/chart.tsx';
import type { ChartSeries } from '../../components/charts/model.ts';
import { useTranslation } from '../../i18n/provider.tsx';

export function Charts({ overview: { series, calendar } }: { overview: Overview }) {
  const { t, format } = useTranslation();
  const all = series.days.map((day) => Date.parse(day));
  const range = [all[0]!, all.at(-1)!] as const;
  const next = calendar[0]?.first[0]?.at;
  const first = next ? t('overview.first', { time: format.dateTime(next) }) : t('chart.empty');
  /** Days without any of these values are no points, so that a line goes over them. */
  const over = (lines: ChartSeries[]) => {
    const known = all.map((_, day) => day).filter((day) => lines.some(({ values }) => values[day] != null));
    return {
      isDaily: true,
      range,
      times: known.map((day) => all[day]!),
      series: lines.map((line) => ({ ...line, values: known.map((day) => line.values[day] ?? null) })),
    };
  };
  return (
    <>
      <Chart
        title={t('overview.size')}
        unit="count"
        empty={first}
        {...over([
          { key: 'members', label: t('chart.members'), values: series.members, tone: 'size' },
          { key: 'reach', label: t('chart.estimate'), values: series.reach, tone: 'reach' },
        ])}
      />
      <div className="chart-row">
        <Chart
          title={t('run.matchRate')}
          unit="share"
          size="small"
          empty={t('overview.firstEstimate')}
          {...over([{ key: 'rate', label: t('run.matchRate'), values: series.match_rate, tone: 'reach' }])}
        />
        <Chart
          title={t('overview.durations')}
          unit="duration"
          size="small"
          empty={first}
          {...over([
            { key: 'median', label: t('overview.median'), values: series.median_ms, tone: 'size' },
            { key: 'p95', label: t('overview.p95'), values: series.p95_ms, tone: 'other' },
          ])}
        />
      </div>
    </>
  );
}
