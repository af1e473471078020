/** All audiences with their size and reach over time. What deserves attention comes first. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { AudienceHealth, HealthConcern } from '../../../src/contracts/health-report.ts';
import { exactEstimate } from '../../../src/domain/audiences/size.ts';
import { healthReportQuery } from '../../api/health-report.ts';
import { DataTable } from '../../components/data-table.tsx';
import { JobStatusMark } from '../../components/job-status.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Pager } from '../../components/pager.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';
import type { Key } from '../../i18n/messages.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { formatLineSize } from '../../lib/audience-size.ts';
import { useMe } from '../../lib/me.ts';
import { FirstSteps } from './first-steps.tsx';

export function OverviewPage() {
  const { t } = useTranslation();
  const { may } = useMe();
  const { cursor } = useSearch({ from: '/app/' });
  const navigate = useNavigate({ from: '/' });
  const report = useQuery(healthReportQuery(cursor));
  const { data } = report;
  return (
    <PageLayout title={t('nav.overview')} lead={t('healthReport.lead')}>
      {report.isPending && <LoadingRows />}
      {report.isError && <Failure error={report.error} onRetry={() => report.refetch()} />}
      {data?.total === 0 &&
        (may('jobs.write') ? <FirstSteps /> : <Empty title={t('jobs.none')}>{t('jobs.none.detail')}</Empty>)}
      {data && data.total > 0 && (
        <>
          <Text fz="sm" role="status">
            {t('healthReport.counts', data.counts)}
          </Text>
          <HealthTable audiences={data.items} />
          <Pager
            cursor={cursor}
            next={data.next}
            onGo={(to) => navigate({ search: { cursor: to } })}
            part={{ before: data.before, shown: data.items.length, total: data.total }}
          />
        </>
      )}
    </PageLayout>
  );
}

function HealthTable({ audiences }: { audiences: readonly AudienceHealth[] }) {
  const { t, format } = useTranslation();
  /** What tells the audiences of one job apart. */
  const namesOf = ({ identifier_type, audience_name, audience_id }: Partial<AudienceHealth>): string[] =>
    identifier_type ? [t(`identifier.${identifier_type}`), audience_name ?? audience_id ?? ''].filter(Boolean) : [];
  return (
    <div className="card table-card">
      <DataTable
        verticalSpacing="sm"
        horizontalSpacing="md"
        rows={audiences}
        rowKey={({ job_id, delivery = 1 }) => `${job_id} ${delivery}`}
        hasLinkRows
        columns={[
          {
            label: 'job.title',
            className: 'text-column',
            cell: ({ job_id, job_name, ad_account_id, ...audience }) => (
              <>
                <Link to="/jobs/$id" params={{ id: job_id }} className="row-link">
                  {job_name}
                </Link>
                <Text fz="xs" c="dimmed">
                  {[ad_account_id, ...namesOf(audience)].join(' · ')}
                </Text>
              </>
            ),
          },
          {
            label: 'jobs.status',
            cell: (row) => (
              <>
                <JobStatusMark job={row} />
                <Others concerns={row.concerns} />
                <Text fz="xs" c="dimmed" component="div" className="numbers below-s" ta="left">
                  {row.members !== null && t('form.members', { count: row.members })}
                  <SizeTrend history={row.history} />
                </Text>
              </>
            ),
          },
          {
            label: 'jobs.lastSize',
            from: 's',
            isNumeric: true,
            cell: ({ members, members_week_ago: before }) => (
              <>
                {format.number(members)}
                {members !== null && Boolean(before) && (
                  <Text fz="xs" c="dimmed">
                    {t('healthReport.week', { change: format.change(members / before! - 1) })}
                  </Text>
                )}
              </>
            ),
          },
          {
            label: 'jobs.trend',
            from: 'm',
            cell: ({ history }) => <SizeTrend history={history} />,
          },
          {
            label: 'chart.estimate',
            from: 'm',
            isNumeric: true,
            cell: ({ history }) => {
              const last = history.findLast(({ estimated_size }) => estimated_size !== null);
              if (!last) return '–';
              return (
                <>
                  {formatLineSize(last.estimated_size ?? '-', { t, format })}
                  {last.match_rate !== null && (
                    <Text fz="xs" c="dimmed">
                      {format.percent(last.match_rate)}
                    </Text>
                  )}
                </>
              );
            },
          },
          {
            label: 'healthReport.reachTrend',
            from: 'l',
            cell: ({ history }) => {
              const known = history.flatMap(({ estimated_size }) => exactEstimate(estimated_size) ?? []);
              return (
                <Sparkline
                  values={known}
                  label={t('healthReport.reachTrend.label', { values: known.map(format.number).join(t('list.comma')) })}
                />
              );
            },
          },
          {
            label: 'healthReport.lastSuccess',
            from: 'l',
            cell: ({ last_success_at: at }) => (at ? <When at={at} /> : '–'),
          },
        ]}
      />
    </div>
  );
}

function SizeTrend({ history }: Pick<AudienceHealth, 'history'>) {
  const { t, format } = useTranslation();
  const sizes = history.map(({ members }) => members);
  const values = sizes.map(format.number).join(t('list.comma'));
  return <Sparkline values={sizes} label={t('jobs.trend.label', { values })} />;
}

/** What the status of the job does not say. */
const otherConcerns: Partial<Record<HealthConcern, Key>> = {
  nobody_matched: 'warning.no_match',
  open_alert: 'healthReport.openAlert',
  late: 'healthReport.late',
  reach_fallen: 'healthReport.reachFallen',
  size_changed: 'healthReport.sizeChanged',
};

function Others({ concerns }: Pick<AudienceHealth, 'concerns'>) {
  const { t } = useTranslation();
  return concerns.map((concern) => {
    const label = otherConcerns[concern];
    return (
      label && (
        <div key={concern}>
          <Status tone={concern === 'nobody_matched' ? 'bad' : 'care'}>{t(label)}</Status>
        </div>
      )
    );
  });
}
