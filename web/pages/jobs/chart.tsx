/** What the runs of a job did over time: sizes, the match rate, and how long they took. */
import type { RunSummary } from '../../../src/contracts/runs.ts';
import { exactEstimate, matchRateOf } from '../../../src/domain/audiences/size.ts';
import { sentBy, skippedOf } from '../../api/runs.ts';
import { Chart } from '../../components/charts/chart.tsx';
import type { ChartMark } from '../../components/charts/model.ts';
import { useTranslation } from '../../i18n/provider.tsx';

const momentOf = (run: RunSummary): number => Date.parse(run.started_at ?? run.queued_at);

/** @param runs newest first, as the API gives them */
export function RunCharts({ runs }: { runs: readonly RunSummary[] }) {
  const { t } = useTranslation();
  const shown = runs.filter(({ status }) => status === 'succeeded').toReversed();
  if (shown.length === 0) return null;
  const times = shown.map(momentOf);
  const first = Math.min(...runs.map(momentOf));
  const last = Math.max(...runs.map(momentOf));
  const marks = runs
    .filter(({ status }) => status === 'failed' || status === 'stopped')
    .map((run): ChartMark => {
      const kind = run.status === 'failed' ? 'failed' : 'stopped';
      return { at: momentOf(run), kind, text: t(`run.status.${kind}`) };
    });
  const common = {
    times,
    marks,
    range: [Math.min(first, last - 24 * 3_600_000), last] as const,
    empty: t('chart.empty'),
    links: shown.map(({ id }) => `/runs/${id}`),
  };
  return (
    <>
      <Chart
        {...common}
        title={t('chart.members')}
        unit="count"
        series={[
          {
            key: 'skipped',
            label: t('chart.skipped'),
            tone: 'quiet',
            as: 'bars',
            values: shown.map(skippedOf),
          },
          {
            key: 'sent',
            label: t('chart.sent'),
            tone: 'size',
            values: shown.map(sentBy),
          },
          {
            key: 'estimate',
            label: t('chart.estimate'),
            tone: 'reach',
            values: shown.map(({ matching_size }) => exactEstimate(matching_size)),
          },
        ]}
      />
      <div className="chart-row">
        <Chart
          {...common}
          title={t('run.matchRate')}
          unit="share"
          size="small"
          series={[
            {
              key: 'rate',
              label: t('run.matchRate'),
              tone: 'reach',
              values: shown.map((run) => matchRateOf(run.matching_size, run.unique)),
            },
          ]}
        />
        <Chart
          {...common}
          title={t('run.duration')}
          unit="duration"
          size="small"
          series={[
            {
              key: 'duration',
              label: t('run.duration'),
              tone: 'quiet',
              as: 'bars',
              values: shown.map(({ started_at, ended_at }) =>
                started_at && ended_at ? Date.parse(ended_at) - Date.parse(started_at) : null,
              ),
            },
          ]}
        />
      </div>
    </>
  );
}
