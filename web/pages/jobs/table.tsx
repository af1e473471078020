/**
 * The table of jobs: one line for each, and only those in the window are in the page. Its headers sort, its rows are
 * links, its checkboxes select, and the keys of `use-list-keys.ts` move among the rows.
 */
import { Checkbox, UnstyledButton } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type MouseEvent, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { defaultOrder, type JobSort, type SortOrder } from '../../../src/domain/jobs/lists.ts';
import type { Key } from '../../i18n/messages.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { type Frame, linesInWindow, scrollTo } from './in-window.ts';
import type { Grouping, Line } from './lines.ts';
import { GroupRow, JobRowLine, type Shown } from './row.tsx';
import { StatusHelp } from './status-help.tsx';

/** In pixels. The header stays, and so does the bar of the selection. */
const EDGE = 96;
/** In pixels: one line, or two on a phone. */
const HEIGHT = { wide: 44, narrow: 60 };

export interface TableProps {
  readonly lines: readonly Line[];
  readonly grouping: Grouping | undefined;
  readonly sort: JobSort;
  readonly order: SortOrder;
  readonly onSort: (sort: JobSort, order: SortOrder) => void;
  readonly onFold: (name: string, isFolded: boolean) => void;
  /** Undefined for people who only read. */
  readonly selection: Selection | undefined;
  readonly isNarrow: boolean;
  readonly hasTrend: boolean;
  readonly keys: RefObject<TableKeys | null>;
}

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Selects all of these rows, or none when all are selected. */
  readonly toggle: (ids: readonly string[]) => void;
  /** How many rows can be selected, and are. */
  readonly all: number;
  readonly selected: number;
  readonly toggleAll: () => void;
}

/** What keys do with the table. */
export interface TableKeys {
  readonly move: (by: 1 | -1) => void;
  readonly select: () => void;
}

export function JobTable(props: TableProps) {
  const { lines, grouping, sort, order, onSort, onFold, selection, isNarrow, hasTrend, keys } = props;
  const { t } = useTranslation();
  const table = useRef<HTMLTableElement>(null);
  const height = isNarrow ? HEIGHT.narrow : HEIGHT.wide;
  const virtual = useVirtualLines(table, lines, height);
  const { active } = virtual;
  const toggle = selection?.toggle;
  keys.current = {
    move: virtual.move,
    select: () => {
      const line = lines.find(({ key }) => key === active);
      if (line) toggle?.(line.kind === 'job' ? [line.row.id] : line.rows.map(({ id }) => id));
    },
  };
  const follow = useFollowedLinks();
  const header = (by: JobSort, label: Key, className?: string) => (
    <th scope="col" className={className} aria-sort={by === sort ? `${order}ending` : 'none'}>
      <SortButton label={t(label)} order={by === sort ? order : null} onSort={(next) => onSort(by, next)} by={by} />
    </th>
  );
  const shown: Shown = { isNarrow, hasTrend, hasBoxes: selection !== undefined };
  return (
    <div className="card jobs-card">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the rows have links, which the keyboard follows */}
      <table
        ref={table}
        className="jobs-table"
        data-narrow={isNarrow || undefined}
        aria-rowcount={lines.length + 1}
        onClick={follow}
        onMouseOver={tellWhatIsCut}
        onFocus={virtual.onFocus}
      >
        <thead>
          <tr aria-rowindex={1}>
            {selection && (
              <th scope="col" className="box-column">
                <Checkbox
                  size="xs"
                  aria-label={t('jobs.selectAll', { count: selection.all })}
                  checked={selection.selected > 0 && selection.selected === selection.all}
                  indeterminate={selection.selected > 0 && selection.selected < selection.all}
                  onChange={selection.toggleAll}
                />
              </th>
            )}
            {header('name', 'job.title')}
            {!isNarrow && (
              <th scope="col" className="status-column">
                {t('jobs.status')} <StatusHelp />
              </th>
            )}
            {header('size', 'jobs.lastSize', 'size-column numbers')}
            {!isNarrow && header('next_run', 'jobs.nextRun', 'time-column from-m')}
            {!isNarrow && header('last_run', 'jobs.lastRun', 'last-column from-l')}
            {!isNarrow && (
              <th scope="col" className="tags-column from-xl">
                {t('job.tags')}
              </th>
            )}
            {!isNarrow && hasTrend && (
              <th scope="col" className="trend-column from-xl">
                {t('jobs.trend')}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {virtual.pieces.map(({ index, skipped }) => {
            const line = lines[index];
            if (line === undefined || skipped > 0) return <Space key={`before ${index}`} height={skipped * height} />;
            return line.kind === 'job' ? (
              <JobRowLine
                key={line.key}
                lineKey={line.key}
                row={line.row}
                index={index + 2}
                isSelected={selection?.ids.has(line.row.id) ?? false}
                isActive={line.key === active}
                onToggle={toggle}
                isNarrow={shown.isNarrow}
                hasTrend={shown.hasTrend}
                hasBoxes={shown.hasBoxes}
              />
            ) : (
              <GroupRow
                key={line.key}
                line={line}
                grouping={grouping}
                index={index + 2}
                isActive={line.key === active}
                onFold={onFold}
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A tooltip for a cell that has no room for all of its text. */
function tellWhatIsCut({ target }: MouseEvent): void {
  const cell = (target as Element).closest<HTMLElement>('td:not(.tags-column)');
  if (!cell) return;
  const isCut = [cell, ...cell.querySelectorAll('*')].some(
    ({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth,
  );
  if (isCut) cell.title = cell.innerText;
  else cell.removeAttribute('title');
}

/** In place of the rows that are not in the page. */
const Space = ({ height }: { height: number }) => (
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row takes no focus
  <tr aria-hidden="true" className="space-row">
    <td style={{ height }} />
  </tr>
);

/** The lines in and near the window, and the active one: it may have the focus, so it stays in the page. */
function useVirtualLines(table: RefObject<HTMLTableElement | null>, lines: readonly Line[], height: number) {
  const [active, setActive] = useState<string | null>(null);
  const at = lines.findIndex(({ key }) => key === active);
  const { first, last, frame } = useLinesInWindow(table, lines.length, height);
  const near = Array.from({ length: last - first + 1 }, (_, n) => first + n);
  const indexes = at < 0 || (at >= first && at <= last) ? near : [...near, at].sort((a, b) => a - b);

  /** The line that gets the focus as soon as it is in the page. */
  const wanted = useRef<string | null>(null);
  const giveFocus = () => {
    if (wanted.current === null) return;
    const row = table.current?.querySelector(`[data-line="${CSS.escape(wanted.current)}"]`);
    const target = row?.querySelector<HTMLElement>('a.row-link, button');
    if (!target) return;
    wanted.current = null;
    target.focus({ preventScroll: true });
  };
  useLayoutEffect(giveFocus);
  const move = (by: 1 | -1) => {
    // Whoever comes from elsewhere goes on where they were.
    const isHere = table.current?.tBodies[0]?.contains(document.activeElement) === true;
    const { scrolled, top } = frame();
    const to = at < 0 ? Math.floor(Math.max(0, scrolled - top) / height) : isHere ? at + by : at;
    const line = lines[Math.max(0, Math.min(lines.length - 1, to))];
    if (!line) return;
    wanted.current = line.key;
    setActive(line.key);
    const place = scrollTo(lines.indexOf(line), frame(), EDGE);
    if (place !== undefined) window.scrollTo({ top: place });
    giveFocus();
  };
  return {
    active,
    move,
    pieces: piecesOf(indexes, lines.length),
    onFocus: ({ target }: { target: Element }) => {
      const key = target.closest<HTMLElement>('[data-line]')?.dataset.line;
      if (key !== undefined) setActive(key);
    },
  };
}

/** Follows the window. A new range is drawn only when other lines come into it. */
function useLinesInWindow(table: RefObject<HTMLTableElement | null>, count: number, height: number) {
  const frame = (): Frame => ({
    scrolled: scrollY,
    view: innerHeight,
    top: (table.current?.tBodies[0]?.getBoundingClientRect().top ?? 0) + scrollY,
    line: height,
  });
  const [range, setRange] = useState(() => linesInWindow(frame(), count));
  const follow = () => {
    const [first, last] = linesInWindow(frame(), count);
    setRange((shown) => (shown[0] === first && shown[1] === last ? shown : [first, last]));
  };
  // What is above the table may change, too.
  useLayoutEffect(follow);
  const latest = useRef(follow);
  latest.current = follow;
  useEffect(() => {
    const move = () => latest.current();
    addEventListener('scroll', move, { passive: true });
    addEventListener('resize', move);
    return () => {
      removeEventListener('scroll', move);
      removeEventListener('resize', move);
    };
  }, []);
  return { first: range[0], last: Math.min(range[1], count - 1), frame };
}

/** The lines in the page, and before each how many are skipped. They are a piece of their own. */
function piecesOf(indexes: readonly number[], count: number): { readonly index: number; readonly skipped: number }[] {
  let next = 0;
  return [...indexes, count].flatMap((index) => {
    const skipped = index - next;
    next = index + 1;
    const gap = skipped > 0 ? [{ index, skipped }] : [];
    return index < count ? [...gap, { index, skipped: 0 }] : gap;
  });
}

/** Follows the links of rows within the app. A link component for each row would cost more than the row. */
function useFollowedLinks() {
  const navigate = useNavigate();
  return (event: MouseEvent) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a.row-link');
    const id = link?.dataset.job;
    if (id === undefined || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void navigate({ to: '/jobs/$id', params: { id } });
  };
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
