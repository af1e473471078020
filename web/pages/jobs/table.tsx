/** The table of jobs: sorted by its headers, its rows lead to the jobs, and several are chosen to be acted on at once. */
import { Checkbox, Table, Text, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { defaultOrder, type JobSort, type SortOrder } from '../../../src/contracts/job-display.ts';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { LinkRow } from '../../components/link-row.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { JobStatusMark, RunStatusMark } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { BulkActions } from './bulk.tsx';
import { StatusHelp } from './status-help.tsx';
import { TagList } from './tags.tsx';

interface JobTableProps {
  readonly jobs: readonly JobView[];
  readonly sort: JobSort;
  readonly order: SortOrder;
  readonly onSort: (sort: JobSort, order: SortOrder) => void;
}

export function JobTable({ jobs, sort, order, onSort }: JobTableProps) {
  const { t, format } = useTranslation();
  const { may } = useMe();
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const chosen = jobs.filter(({ id }) => ids.has(id));
  const toggle = (id: string) =>
    setIds((before) => new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id]));
  const mayAct = may('jobs.act');
  const header = (by: JobSort, label: string) => (
    <SortButton
      label={label}
      order={by === sort ? order : null}
      onSort={(next) => onSort(by, next)}
      by={by}
    />
  );
  const sorted = (by: JobSort) =>
    by === sort ? (order === 'asc' ? ('ascending' as const) : ('descending' as const)) : 'none';
  return (
    <>
      {mayAct && chosen.length > 0 && <BulkActions jobs={chosen} onClear={() => setIds(new Set())} />}
      <div className="card table-card">
        <Table verticalSpacing="sm" horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              {mayAct && (
                <Table.Th w={36} pr={0}>
                  <Checkbox
                    size="xs"
                    aria-label={t('jobs.selectPage')}
                    checked={chosen.length === jobs.length}
                    indeterminate={chosen.length > 0 && chosen.length < jobs.length}
                    onChange={() =>
                      setIds(new Set(chosen.length === jobs.length ? [] : jobs.map(({ id }) => id)))
                    }
                  />
                </Table.Th>
              )}
              <Table.Th aria-sort={sorted('name')}>{header('name', t('jobs.name'))}</Table.Th>
              <Table.Th>
                {t('jobs.status')} <StatusHelp />
              </Table.Th>
              <Table.Th className="from-m" aria-sort={sorted('last_run')}>
                {header('last_run', t('jobs.lastRun'))}
              </Table.Th>
              <Table.Th className="from-m" aria-sort={sorted('next_run')}>
                {header('next_run', t('jobs.nextRun'))}
              </Table.Th>
              <Table.Th className="from-s" ta="right" aria-sort={sorted('size')}>
                {header('size', t('jobs.lastSize'))}
              </Table.Th>
              <Table.Th className="from-l">{t('jobs.trend')}</Table.Th>
              <Table.Th className="from-xl" aria-sort={sorted('created')}>
                {header('created', t('jobs.created'))}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {jobs.map((job) => (
              <LinkRow key={job.id} selected={ids.has(job.id)}>
                {mayAct && (
                  <Table.Td pr={0}>
                    <Checkbox
                      size="xs"
                      aria-label={t('jobs.select', { name: job.name })}
                      checked={ids.has(job.id)}
                      onChange={() => toggle(job.id)}
                    />
                  </Table.Td>
                )}
                <Table.Td className="job-column">
                  <Link to="/jobs/$id" params={{ id: job.id }} className="row-link">
                    {job.name}
                  </Link>
                  <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }} lineClamp={1}>
                    {job.source_label ?? t('form.source.files')} → {job.configuration.adaccount_id}
                  </Text>
                  {job.tags.length > 0 && <TagList tags={job.tags} />}
                </Table.Td>
                <Table.Td>
                  <JobStatusMark job={job} />
                  <Text fz="xs" c="dimmed" component="div" className="numbers below-s" ta="left">
                    <LastSize job={job} inWords />
                  </Text>
                </Table.Td>
                <Table.Td className="from-m">
                  {job.last_run ? (
                    <>
                      <RunStatusMark status={job.last_run.status} />
                      <Text fz="xs" c="dimmed">
                        <When
                          at={job.last_run.ended_at ?? job.last_run.started_at ?? job.last_run.queued_at}
                        />
                      </Text>
                    </>
                  ) : (
                    '–'
                  )}
                </Table.Td>
                <Table.Td className="from-m">
                  {job.next_run_at ? <When at={job.next_run_at} /> : '–'}
                </Table.Td>
                <Table.Td className="numbers from-s">
                  <LastSize job={job} />
                </Table.Td>
                <Table.Td className="from-l">
                  <Sparkline
                    values={job.recent_sizes}
                    label={t('jobs.trend.label', { values: job.recent_sizes.map(format.number).join(', ') })}
                  />
                </Table.Td>
                <Table.Td className="from-xl" style={{ whiteSpace: 'nowrap' }}>
                  {format.date(job.created_at)}
                </Table.Td>
              </LinkRow>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </>
  );
}

/** What LINE holds: of an audience that is not whole, the part. */
function LastSize({ job, inWords }: { job: JobView; inWords?: boolean }) {
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
  if (size === undefined) return inWords ? null : '–';
  return inWords ? t('form.members', { count: size }) : format.number(size);
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
