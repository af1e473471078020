/** The table of jobs: sorted by its headers, its rows lead to the jobs, and several are chosen to be acted on at once. */
import { Text, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { defaultOrder, type JobSort, type SortOrder } from '../../../src/contracts/job-display.ts';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { DataTable } from '../../components/data-table.tsx';
import { useSelection } from '../../components/selection.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { JobStatusMark, RunStatusMark, TagList } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';
import type { Key } from '../../i18n/messages.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { BulkActions } from './bulk.tsx';
import { StatusHelp } from './status-help.tsx';

interface JobTableProps {
  readonly jobs: readonly JobView[];
  readonly sort: JobSort;
  readonly order: SortOrder;
  readonly onSort: (sort: JobSort, order: SortOrder) => void;
}

export function JobTable({ jobs, sort, order, onSort }: JobTableProps) {
  const { t, format } = useTranslation();
  const { may } = useMe();
  const selection = useSelection(jobs);
  const mayAct = may('jobs.act');
  const sortable = (by: JobSort, label: Key) => ({
    label,
    header: (
      <SortButton
        label={t(label)}
        order={by === sort ? order : null}
        onSort={(next) => onSort(by, next)}
        by={by}
      />
    ),
    sorted: by === sort ? (`${order}ending` as const) : ('none' as const),
  });
  return (
    <>
      {mayAct && selection.selected.length > 0 && (
        <BulkActions jobs={selection.selected} onClear={selection.clear} />
      )}
      <div className="card table-card">
        <DataTable
          verticalSpacing="sm"
          horizontalSpacing="md"
          rows={jobs}
          rowKey={({ id }) => id}
          isSelected={selection.isSelected}
          hasLinkRows
          columns={[
            mayAct &&
              selection.column({ label: 'jobs.selectPage', rowLabel: 'jobs.select', hasSelectAll: true }),
            {
              ...sortable('name', 'jobs.name'),
              className: 'job-column',
              cell: (job) => (
                <>
                  <Link to="/jobs/$id" params={{ id: job.id }} className="row-link">
                    {job.name}
                  </Link>
                  <Text fz="xs" c="dimmed" lineClamp={1}>
                    {job.source_label ?? t('form.source.files')} → {job.configuration.adaccount_id}
                  </Text>
                  {job.tags.length > 0 && <TagList tags={job.tags} />}
                </>
              ),
            },
            {
              label: 'jobs.status',
              header: (
                <>
                  {t('jobs.status')} <StatusHelp />
                </>
              ),
              cell: (job) => (
                <>
                  <JobStatusMark job={job} />
                  <Text fz="xs" c="dimmed" component="div" className="numbers below-s" ta="left">
                    <LastSize job={job} hasUnit />
                  </Text>
                </>
              ),
            },
            {
              ...sortable('last_run', 'jobs.lastRun'),
              from: 'm',
              cell: ({ last_run: run }) =>
                run ? (
                  <>
                    <RunStatusMark status={run.status} />
                    <Text fz="xs" c="dimmed">
                      <When at={run.ended_at ?? run.started_at ?? run.queued_at} />
                    </Text>
                  </>
                ) : (
                  '–'
                ),
            },
            {
              ...sortable('next_run', 'jobs.nextRun'),
              from: 'm',
              cell: ({ next_run_at: at }) => (at ? <When at={at} /> : '–'),
            },
            {
              ...sortable('size', 'jobs.lastSize'),
              from: 's',
              isNumeric: true,
              cell: (job) => <LastSize job={job} />,
            },
            {
              label: 'jobs.trend',
              from: 'l',
              cell: ({ recent_sizes }) => (
                <Sparkline
                  values={recent_sizes}
                  label={t('jobs.trend.label', { values: recent_sizes.map(format.number).join(', ') })}
                />
              ),
            },
            {
              ...sortable('created', 'jobs.created'),
              from: 'xl',
              className: 'one-line',
              cell: ({ created_at }) => format.date(created_at),
            },
          ]}
        />
      </div>
    </>
  );
}

/** What LINE holds: of an audience that is not whole, the part. */
function LastSize({ job, hasUnit }: { job: JobView; hasUnit?: boolean }) {
  const { t, format } = useTranslation();
  const { incomplete_at_line: incomplete } = job;
  const size = job.recent_sizes.at(-1);
  if (incomplete) {
    return (
      <span className="not-whole">
        {t('jobs.lastSize.part', { sent: incomplete.sent, total: incomplete.total })}
      </span>
    );
  }
  if (size === undefined) return hasUnit ? null : '–';
  return hasUnit ? t('form.members', { count: size }) : format.number(size);
}

interface SortButtonProps {
  readonly by: JobSort;
  readonly label: string;
  /** Null when the list is sorted by something else. */
  readonly order: SortOrder | null;
  readonly onSort: (order: SortOrder) => void;
}

function SortButton({ by, label, order, onSort }: SortButtonProps) {
  const other = order === 'asc' ? 'desc' : 'asc';
  return (
    <UnstyledButton className="sort-by" onClick={() => onSort(order === null ? defaultOrder(by) : other)}>
      {label}
      {order && <span aria-hidden="true">{order === 'asc' ? '↑' : '↓'}</span>}
    </UnstyledButton>
  );
}
