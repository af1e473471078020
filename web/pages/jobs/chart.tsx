/** What a job did over time: sizes, the match rate, how long its runs took, and what happened to it. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { HistoryPoint, JobHistory } from '../../../src/contracts/job-history.ts';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { exactEstimate, leastThatFits, matchRateOf } from '../../../src/domain/audiences/size.ts';
import { jobHistoryQuery } from '../../api/jobs.ts';
import { useDestinationOfJob } from '../../api/providers.ts';
import { skippedOf } from '../../api/runs.ts';
import { ChartRange } from '../../components/chart-range.tsx';
import { Chart } from '../../components/charts/chart.tsx';
import { markStyles } from '../../components/charts/model.ts';
import { Section } from '../../components/page-layout.tsx';
import { Failure } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { daysIn } from '../../lib/chart-days.ts';

const DAY = 24 * 3_600_000;
const nothing: Pick<JobHistory, 'items' | 'events'> = { items: [], events: [] };

const momentOf = ({ started_at, queued_at }: HistoryPoint): number => Date.parse(started_at ?? queued_at);

const durationOf = ({ started_at, ended_at }: HistoryPoint): number | null =>
  started_at && ended_at ? Date.parse(ended_at) - Date.parse(started_at) : null;

export function JobCharts({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const days = daysIn(useSearch({ from: '/app/jobs/$id' }).time);
  const history = useQuery(jobHistoryQuery(job.id, days));
  const { refetch } = history;
  const progress = `${job.last_run?.id} ${job.last_run?.status}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the job tells first that a run of it has ended
  useEffect(() => void refetch(), [progress]);
  return (
    <Section title={t('chart.history')} aside={<ChartRange days={days} from="/jobs/$id" />}>
      {job.configuration.siblings.length > 0 && (
        <Text fz="sm" c="dimmed">
          {t('job.runs.first', { identifier: t(`identifier.${job.configuration.identifier_type}`) })}
        </Text>
      )}
      {history.isError ? (
        <Failure error={history.error} onRetry={() => history.refetch()} />
      ) : (
        <Charts job={job} history={history.data} days={Number(days)} />
      )}
    </Section>
  );
}

/** @param history undefined until it is loaded: the charts are already in their place */
function Charts({ job, history, days }: { job: JobView; history: JobHistory | undefined; days: number }) {
  const { t } = useTranslation();
  const { items, events } = history ?? nothing;
  const points = items.toSorted((a, b) => momentOf(a) - momentOf(b));
  const to = history ? Date.parse(history.to) : Date.now();
  const common = {
    times: points.map(momentOf),
    range: [history ? Date.parse(history.from) : to - days * DAY, to] as const,
    links: points.map(({ id }) => `/runs/${id}`),
  };
  // Where nothing is replaced, the guard only warns.
  const replaces = useDestinationOfJob(job.type)?.modes.includes('replace') ?? true;
  const guard = replaces ? guardOf(job, points.at(-1)) : null;
  const empty = useEmptyText(job, history !== undefined);
  return (
    <>
      <Chart
        {...common}
        title={t('chart.members')}
        unit="count"
        marks={events.map(({ at, kind }) => ({ at: Date.parse(at), kind, text: t(markStyles[kind].label) }))}
        line={guard === null ? undefined : { value: guard, label: t('chart.guard', { size: guard }) }}
        empty={empty}
        series={[
          { key: 'skipped', label: t('chart.skipped'), tone: 'quiet', as: 'bars', values: points.map(skippedOf) },
          { key: 'sent', label: t('chart.sent'), tone: 'size', values: points.map(({ uploaded }) => uploaded) },
          {
            key: 'estimate',
            label: t('chart.estimate'),
            tone: 'reach',
            values: points.map(({ matching_size }) => exactEstimate(matching_size)),
          },
        ]}
      />
      <div className="chart-row">
        <Chart
          {...common}
          title={t('run.matchRate')}
          unit="share"
          size="small"
          empty={points.length > 0 ? t('chart.empty.estimate') : empty}
          series={[
            {
              key: 'rate',
              label: t('run.matchRate'),
              tone: 'reach',
              values: points.map(({ matching_size, unique }) => matchRateOf(matching_size, unique)),
            },
          ]}
        />
        <Chart
          {...common}
          title={t('run.duration')}
          unit="duration"
          size="small"
          empty={empty}
          series={[
            {
              key: 'duration',
              label: t('run.duration'),
              tone: 'quiet',
              as: 'bars',
              values: points.map(durationOf),
            },
          ]}
        />
      </div>
    </>
  );
}

/** Says when the first point will come. Before the history is loaded, nobody knows whether there are points. */
function useEmptyText({ next_run_at, recent_sizes }: JobView, isLoaded: boolean): string {
  const { t, format } = useTranslation();
  if (!isLoaded) return '';
  const hasRun = recent_sizes.length > 0;
  if (!next_run_at) return t(hasRun ? 'chart.empty.range' : 'chart.empty');
  return t(hasRun ? 'chart.empty.rangeNext' : 'chart.empty.next', { time: format.dateTime(next_run_at) });
}

/**
 * The size below which the guard stops the next run; null when that is not known. The guard compares with the last run
 * that replaced the present audience. Uploads of others, which LINE tells only to the run, can raise the line.
 */
function guardOf({ audience_id, configuration }: JobView, last: HistoryPoint | undefined): number | null {
  const isSame = last && last.audience_id === audience_id && last.ad_account_id === configuration.adaccount_id;
  return isSame && last.unique ? leastThatFits(last.unique, configuration.max_shrink) : null;
}
