/** One line of the list of jobs, and the heading of a group. What has no room is in a tooltip, or on the job's page. */
import { UnstyledButton } from '@mantine/core';
import { memo } from 'react';
import type { JobRow } from '../../../src/contracts/job-rows.ts';
import type { JobCondition } from '../../../src/domain/jobs/conditions.ts';
import { DamagedMark } from '../../components/damaged.tsx';
import { linkRow } from '../../components/data-table.tsx';
import { FurtherMark } from '../../components/further-mark.tsx';
import { JobStatusMark } from '../../components/job-status.tsx';
import { hasNextRun, NextRunSoon } from '../../components/next-run.tsx';
import { JobProgressLine } from '../../components/run-progress.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { RunStatusMark } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { changeOf, type Grouping, type Line, sizeOf } from './lines.ts';

/** What the table shows of each row. */
export interface Shown {
  readonly isNarrow: boolean;
  readonly hasTrend: boolean;
  readonly hasBoxes: boolean;
}

interface RowProps extends Shown {
  readonly lineKey: string;
  readonly row: JobRow;
  readonly index: number;
  readonly isSelected: boolean;
  readonly isActive: boolean;
  readonly onToggle: ((ids: readonly string[]) => void) | undefined;
}

/** These say what became of the last run, or that it goes on. */
const explaining: readonly JobCondition[] = ['running', 'retrying', 'waiting', 'needs_approval', 'failed'];

/** Not rendered again while only other rows change. */
export const JobRowLine = memo(function JobRowLine(props: RowProps) {
  const { lineKey, row, index, isSelected, isActive, onToggle, isNarrow, hasTrend, hasBoxes } = props;
  const { t, format } = useTranslation();
  const { id, name, tags, last_run: last, recent_sizes } = row;
  return (
    <tr
      {...linkRow}
      data-line={lineKey}
      data-selected={isSelected || undefined}
      data-active={isActive || undefined}
      aria-rowindex={index}
    >
      {hasBoxes && (
        <td className="box-column">
          <label className="row-box">
            <input
              type="checkbox"
              aria-label={t('jobs.select', { name })}
              checked={isSelected}
              onChange={() => onToggle?.([id])}
            />
          </label>
        </td>
      )}
      <td className="job-column">
        <div className="one-line-cell">
          <a href={`/jobs/${id}`} data-job={id} className="row-link" title={name}>
            {name}
          </a>
          <FurtherMark siblings={row.siblings} />
          {row.parts !== undefined && <span className="tag">{t('jobs.parts', { count: row.parts })}</span>}
          <DamagedMark row={row} />
        </div>
        {isNarrow ? (
          <div className="one-line-cell">
            <JobStatusMark job={row} />
            {row.condition === 'running' && <JobProgressLine job={row} />}
            {hasNextRun(row) && row.condition === 'scheduled' && (
              <span className="dimmed">
                <NextRunSoon job={row} />
              </span>
            )}
          </div>
        ) : (
          <div className="one-line-cell">
            <span className="dimmed">
              {row.source_label ?? t('form.source.files')} → {row.adaccount_id}
            </span>
          </div>
        )}
      </td>
      {!isNarrow && (
        <td className="status-column">
          <JobStatusMark job={row} />
          {row.condition === 'running' && <JobProgressLine job={row} />}
        </td>
      )}
      <td className="size-column numbers">
        <Size row={row} />
      </td>
      {!isNarrow && <td className="time-column from-m">{hasNextRun(row) ? <NextRunSoon job={row} /> : '–'}</td>}
      {!isNarrow && (
        <td className="last-column from-l">
          {last ? (
            <>
              <When at={last.at} />
              {/* Neither what is as it should be, nor what the status of the job says. */}
              {last.status !== 'succeeded' && !explaining.includes(row.condition) && (
                <RunStatusMark {...last} error={row.error} />
              )}
            </>
          ) : (
            '–'
          )}
        </td>
      )}
      {!isNarrow && (
        <td className="tags-column from-xl" title={tags.join(t('list.comma'))}>
          {tags.map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
        </td>
      )}
      {!isNarrow && hasTrend && (
        <td className="trend-column from-xl">
          <Sparkline
            values={recent_sizes}
            label={t('jobs.trend.label', { values: recent_sizes.map(format.number).join(t('list.comma')) })}
          />
        </td>
      )}
    </tr>
  );
});

/** The number of members at LINE, and how it has changed; for an incomplete audience, the part of the total. */
function Size({ row }: { row: JobRow }) {
  const { t, format } = useTranslation();
  const { incomplete_at_line: incomplete } = row;
  if (incomplete) {
    return (
      <span className="not-whole">{t('jobs.lastSize.part', { sent: incomplete.sent, total: incomplete.total })}</span>
    );
  }
  const size = sizeOf(row);
  const change = changeOf(row);
  return (
    <>
      {format.number(size)}
      {change !== undefined && (
        <span className="dimmed size-change" title={t('jobs.change')}>
          {format.change(change)}
        </span>
      )}
    </>
  );
}

interface GroupRowProps {
  readonly line: Extract<Line, { kind: 'group' }>;
  readonly grouping: Grouping | undefined;
  readonly index: number;
  readonly isActive: boolean;
  readonly onFold: (name: string, isFolded: boolean) => void;
}

export function GroupRow({ line, grouping, index, isActive, onFold }: GroupRowProps) {
  const { t, format } = useTranslation();
  const { name, rows, isFolded } = line;
  const title =
    grouping === 'status' ? t(`job.condition.${name as JobCondition}`) : name === '' ? t('jobs.group.noTag') : name;
  return (
    <tr className="group-row" data-line={line.key} data-active={isActive || undefined} aria-rowindex={index}>
      <th scope="rowgroup" colSpan={8}>
        <UnstyledButton aria-expanded={!isFolded} onClick={() => onFold(name, !isFolded)}>
          <span aria-hidden="true" className="fold-mark">
            {isFolded ? '▸' : '▾'}
          </span>
          {title} <span className="dimmed">{format.number(rows.length)}</span>
        </UnstyledButton>
      </th>
    </tr>
  );
}
