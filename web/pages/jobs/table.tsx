/** The table of jobs. Its headers sort, its rows are links, and its checkboxes select jobs for an action on several. */
import { Text, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { jobConditions } from '../../../src/domain/jobs/conditions.ts';
import { defaultOrder, type JobSort, type SortOrder } from '../../../src/domain/jobs/lists.ts';
import { DataTable } from '../../components/data-table.tsx';
import { FurtherMark } from '../../components/further-mark.tsx';
import { Help } from '../../components/help.tsx';
import { JobStatusMark } from '../../components/job-status.tsx';
import { JobProgressLine } from '../../components/run-progress.tsx';
import { useSelection } from '../../components/selection.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { RunStatusMark, TagList } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';
import type { Key } from '../../i18n/messages.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { BulkActions } from './bulk.tsx';

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
      <SortButton label={t(label)} order={by === sort ? order : null} onSort={(next) => onSort(by, next)} by={by} />
    ),
    sorted: by === sort ? (`${order}ending` as const) : ('none' as const),
  });
  return (
    <>
      {mayAct && selection.selected.length > 0 && <BulkActions jobs={selection.selected} onClear={selection.clear} />}
      <div className="card table-card">
        <DataTable
          verticalSpacing="sm"
          horizontalSpacing="md"
          rows={jobs}
          rowKey={({ id }) => id}
          isSelected={selection.isSelected}
          hasLinkRows
          columns={[
            mayAct && selection.column({ label: 'jobs.selectPage', rowLabel: 'jobs.select', hasSelectAll: true }),
            {
              ...sortable('name', 'job.title'),
              className: 'text-column',
              cell: (job) => (
                <>
                  <Link to="/jobs/$id" params={{ id: job.id }} className="row-link">
                    {job.name}
                  </Link>{' '}
                  <FurtherMark siblings={job.configuration.siblings} />
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
                  {job.condition === 'running' && <JobProgressLine job={job} />}
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
                    <RunStatusMark {...run} />
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
                  label={t('jobs.trend.label', { values: recent_sizes.map(format.number).join(t('list.comma')) })}
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

/** The number of members at LINE; for an incomplete audience, the part of the total. */
function LastSize({ job, hasUnit }: { job: JobView; hasUnit?: boolean }) {
  const { t, format } = useTranslation();
  const { incomplete_at_line: incomplete } = job;
  const size = job.recent_sizes.at(-1);
  if (incomplete) {
    return (
      <span className="not-whole">{t('jobs.lastSize.part', { sent: incomplete.sent, total: incomplete.total })}</span>
    );
  }
  if (size === undefined) return hasUnit ? null : '–';
  return hasUnit ? t('form.members', { count: size }) : format.number(size);
}

interface SortButtonProps {
  readonly by: JobSort;
  readonly label: string;
  /** Null when the list is sorted by another column. */
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

/** Explains each status of a job. */
function StatusHelp() {
  const { t } = useTranslation();
  const meanings = [
    ...jobConditions.map((condition) => [t(`job.condition.${condition}`), t(`help.status.${condition}`)] as const),
    [t('job.incomplete'), t('help.status.incomplete')] as const,
  ];
  return (
    <Help label={t('jobs.status')}>
      <dl className="meanings">
        {meanings.map(([name, meaning]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Help>
  );
}
