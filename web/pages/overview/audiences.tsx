/** All audiences with their size and reach over time, or those at one level. What deserves attention comes first. */
import { Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { AudienceHealth } from '../../../src/contracts/health-report.ts';
import { exactEstimate } from '../../../src/domain/audiences/size.ts';
import { healthReportQuery } from '../../api/overview.ts';
import { DataTable } from '../../components/data-table.tsx';
import { JobStatusMark } from '../../components/job-status.tsx';
import { Pager } from '../../components/pager.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { formatLineSize } from '../../lib/audience-size.ts';
import { shownAge } from '../../lib/shown-age.ts';
import { Concerns, useAudienceNames } from './concerns.tsx';
import { levels } from './levels.ts';

interface AudiencesProps {
  /** As they stand in the address. */
  readonly level: string | undefined;
  readonly cursor: string | undefined;
}

export function Audiences({ level, cursor }: AudiencesProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: '/' });
  const report = useQuery(healthReportQuery(level, cursor));
  const { data } = report;
  const chosen = levels.find((each) => each === level);
  const all = () => navigate({ search: (before) => ({ ...before, level: undefined, cursor: undefined }), hash: '' });
  return (
    <>
      {chosen && (
        <Group gap="xs">
          <Text fz="sm">{t(`overview.level.${chosen}`)}</Text>
          <Button size="compact-xs" variant="default" onClick={all}>
            {t('list.clear')}
          </Button>
        </Group>
      )}
      {report.isPending && <LoadingRows />}
      {report.isError && <Failure error={report.error} onRetry={() => report.refetch()} />}
      {data?.items.length === 0 && <Empty title={t('overview.audiences.none')} />}
      {data && data.items.length > 0 && (
        <>
          <HealthTable audiences={data.items} />
          <Pager
            cursor={cursor}
            next={data.next}
            onGo={(to) => navigate({ search: (before) => ({ ...before, cursor: to }), hash: 'audiences' })}
            part={{
              before: data.before,
              shown: data.items.length,
              total: data.total,
              asOf: shownAge(data.at, data.points_at),
            }}
          />
        </>
      )}
    </>
  );
}

const reachOf = (history: AudienceHealth['history']): number[] =>
  history.flatMap(({ estimated_size }) => exactEstimate(estimated_size) ?? []);

function HealthTable({ audiences }: { audiences: readonly AudienceHealth[] }) {
  const { t, format } = useTranslation();
  const namesOf = useAudienceNames();
  // A column where no audience has a line would be empty.
  const hasSizes = audiences.some(({ history }) => history.length > 1);
  const hasReach = audiences.some(({ history }) => reachOf(history).length > 1);
  return (
    <div className="card table-card">
      <DataTable
        verticalSpacing="xs"
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
                <Concerns concerns={row.concerns} />
                <Text fz="xs" c="dimmed" component="div" className="digits below-s">
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
          hasSizes && {
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
          hasReach && {
            label: 'healthReport.reachTrend',
            from: 'l',
            cell: ({ history }) => {
              const known = reachOf(history);
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
