/** The runs of all jobs, including deleted ones. The filters are in the address. */
import { Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { RunDetail } from '../../../src/contracts/run-progress.ts';
import { allRunsQuery, hasEnded } from '../../api/runs.ts';
import { DataTable } from '../../components/data-table.tsx';
import { FurtherMark } from '../../components/further-mark.tsx';
import { isUnreachable, LostConnection } from '../../components/lost-connection.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Pager } from '../../components/pager.tsx';
import { RunProgressLine } from '../../components/run-progress.tsx';
import { TurnoverCell } from '../../components/run-turnover.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { RunStatusMark } from '../../components/status.tsx';
import { StopRun } from '../../components/stop-run.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { shownAge } from '../../lib/shown-age.ts';
import { useStartedBy } from '../../lib/started-by.ts';
import { RunFilters } from './filters.tsx';

export function RunsPage() {
  const { t, format } = useTranslation();
  const search = useSearch({ from: '/app/runs' });
  const navigate = useNavigate({ from: '/runs' });
  const list = useQuery(allRunsQuery(search, format.timeZone));
  const lost = isUnreachable(list.failureReason);
  const filtered = Object.values(search).some((value) => value !== undefined);
  const isEmpty = list.data?.items.length === 0;
  return (
    <PageLayout title={t('nav.runs')} lead={t('runs.lead')}>
      <LostConnection lost={lost && list.data !== undefined} />
      {!(isEmpty && !filtered) && (
        <RunFilters
          search={search}
          onChange={(part) =>
            navigate({ search: (before) => ({ ...before, cursor: undefined, ...part }), replace: true })
          }
        />
      )}
      {list.isPending && <LoadingRows />}
      {list.isError && !(lost && list.data) && <Failure error={list.error} onRetry={() => list.refetch()} />}
      {isEmpty &&
        (filtered ? (
          <Empty
            title={t('runs.noMatch')}
            action={
              <Button variant="default" onClick={() => navigate({ search: {} })}>
                {t('list.clear')}
              </Button>
            }
          />
        ) : (
          <Empty title={t('runs.none')}>{t('runs.none.detail')}</Empty>
        ))}
      {list.data && !isEmpty && !(list.isError && !lost) && (
        <>
          <RunTable runs={list.data.items} />
          <Pager
            cursor={search.cursor}
            next={list.data.next}
            onGo={(cursor) => navigate({ search: (before) => ({ ...before, cursor }) })}
            part={{
              before: list.data.before,
              shown: list.data.items.length,
              total: list.data.total,
              asOf: shownAge(list.data.at, list.data.counted_at),
            }}
          />
        </>
      )}
    </PageLayout>
  );
}

function RunTable({ runs }: { runs: readonly RunDetail[] }) {
  const { t, format } = useTranslation();
  const startedBy = useStartedBy();
  const startOf = (run: RunDetail) => format.dateTime(run.started_at ?? run.queued_at);
  return (
    <div className="card">
      <DataTable
        verticalSpacing="sm"
        horizontalSpacing="md"
        rows={runs}
        rowKey={({ id }) => id}
        hasLinkRows
        columns={[
          {
            label: 'job.title',
            className: 'main-column half-column',
            cell: (run) => (
              <>
                <Link to="/runs/$id" params={{ id: run.id }} className="row-link">
                  {run.job_name}
                </Link>
                <Text fz="xs" c="dimmed">
                  {[
                    run.job_id === null && t('runs.deletedJob'),
                    run.ad_account_id,
                    // Most audiences have the name of their job.
                    run.audience_name !== run.job_name && (run.audience_name ?? run.audience_id),
                  ]
                    .filter(Boolean)
                    .join(' · ')}{' '}
                  <FurtherMark siblings={run.siblings ?? []} />
                </Text>
                <Text className="below-m" fz="xs" c="dimmed">
                  {startOf(run)}
                </Text>
              </>
            ),
          },
          {
            label: 'jobs.status',
            cell: (run) => (
              <>
                <RunStatusMark {...run} />
                <RunState run={run} />
              </>
            ),
          },
          { label: 'run.started', from: 'm', cell: startOf },
          { label: 'run.trigger', from: 'l', cell: startedBy },
          { label: 'chart.sent', from: 'l', isNumeric: true, cell: (run) => <Sent run={run} /> },
          {
            label: 'run.turnover',
            from: 'l',
            isNumeric: true,
            cell: ({ turnover }) => <TurnoverCell turnover={turnover} />,
          },
          {
            label: 'run.duration',
            from: 'l',
            isNumeric: true,
            cell: ({ started_at, ended_at }) =>
              started_at && ended_at
                ? format.duration(Math.max(0, Date.parse(ended_at) - Date.parse(started_at)))
                : '–',
          },
        ]}
      />
    </div>
  );
}

/** The number of sent members; when LINE took only a part, also the total. */
function Sent({ run: { uploaded, unique } }: { run: RunDetail }) {
  const { t, format } = useTranslation();
  if (uploaded === null) return '–';
  if (unique === null || uploaded === unique) return format.number(uploaded);
  return t('runs.ofTotal', { sent: uploaded, total: unique });
}

/**
 * Below the status: the progress of a running run, or the error. On a narrow screen also the number of sent members.
 */
function RunState({ run }: { run: RunDetail }) {
  const { t, tIfKnown } = useTranslation();
  if (!hasEnded(run)) return <RunningState run={run} />;
  return (
    <>
      {run.status === 'failed' && run.error && (
        <Text fz="xs" c="dimmed" lineClamp={2}>
          {tIfKnown(`error.${run.error.code}`, t('error.other'))}
        </Text>
      )}
      {run.uploaded !== null && (
        <Text className="below-l" fz="xs" c="dimmed" component="div">
          {t('chart.sent')}
          {t('list.colon')}
          <Sent run={run} />
        </Text>
      )}
    </>
  );
}

function RunningState({ run }: { run: RunDetail }) {
  return (
    <>
      <RunProgressLine run={run} progress={run.progress} name={run.job_name} />
      <Group mt={4}>
        <StopRun run={run} small />
      </Group>
    </>
  );
}
