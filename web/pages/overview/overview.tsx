/** The first page: what needs a person, what all audiences reach, what runs next. The address has the time range. */
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import type { Overview } from '../../../src/contracts/overview.ts';
import '../../styles/overview.css';
import type { HistoryDays } from '../../../src/domain/jobs/history.ts';
import { overviewQuery } from '../../api/overview.ts';
import { ChartRange } from '../../components/chart-range.tsx';
import { PlusIcon } from '../../components/icons.tsx';
import { PageLayout, Section } from '../../components/page-layout.tsx';
import { Empty, Failure, Loading, LoadingRows } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { daysIn } from '../../lib/chart-days.ts';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { shownAge } from '../../lib/shown-age.ts';
import { AttentionList } from './attention.tsx';
import { Calendar } from './calendar.tsx';
import { Tiles } from './tiles.tsx';

/** They need more code, and more of the server, than what is above them. */
const laterCharts = later(() => import('./charts.tsx'));
const laterAudiences = later(() => import('./audiences.tsx'));
const laterSteps = later(() => import('./first-steps.tsx'));

export function OverviewPage() {
  const { t } = useTranslation();
  const { may } = useMe();
  const days = daysIn(useSearch({ from: '/app/' }).time);
  const overview = useQuery(overviewQuery(days));
  const { data } = overview;
  const isEmpty = data && Object.values(data.counts).every((count) => count === 0);
  const create = may('jobs.write') && (
    <Button leftSection={<PlusIcon />} renderRoot={(props) => <Link to="/jobs/new" {...props} />}>
      {t('export.new')}
    </Button>
  );
  return (
    <PageLayout
      title={t('nav.overview')}
      lead={t('overview.lead')}
      actions={
        data &&
        !isEmpty && (
          <>
            <ChartRange days={days} from="/" />
            {create}
          </>
        )
      }
    >
      {overview.isPending && <LoadingRows />}
      {overview.isError && <Failure error={overview.error} onRetry={() => overview.refetch()} />}
      {isEmpty && (create ? <Steps /> : <Empty title={t('jobs.none')}>{t('jobs.none.detail')}</Empty>)}
      {data && !isEmpty && <Sections overview={data} days={days} />}
    </PageLayout>
  );
}

function Sections({ overview, days }: { overview: Overview; days: HistoryDays }) {
  const { t } = useTranslation();
  const { level, cursor } = useSearch({ from: '/app/' });
  const charts = useLater(laterCharts);
  const audiences = useLater(laterAudiences);
  return (
    <>
      <Tiles overview={overview} level={level} days={days} />
      <Age overview={overview} />
      <Section title={t('overview.attention')}>
        <AttentionList attention={overview.attention} />
      </Section>
      <Section title={t('overview.calendar')}>
        <Calendar overview={overview} />
      </Section>
      {charts ? <charts.Charts overview={overview} /> : <div className="overview-charts-place" />}
      <div id="audiences">
        <Section title={t('overview.audiences')}>
          {audiences ? <audiences.Audiences level={level} cursor={cursor} /> : <LoadingRows />}
        </Section>
      </div>
    </>
  );
}

/** A large installation does not add up everything anew for each overview. */
function Age({ overview }: { overview: Overview }) {
  const { t, format } = useTranslation();
  const { at, points_at, series_at, calendar_at } = overview;
  const from = shownAge(at, points_at, series_at, calendar_at);
  return (
    from !== null && (
      <Text size="sm" c="dimmed">
        {t('overview.asOf', { time: format.clock(from) })}
      </Text>
    )
  );
}

function Steps() {
  const steps = useLater(laterSteps);
  return steps ? <steps.FirstSteps /> : <Loading />;
}
