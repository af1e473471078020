/**
 * All jobs. Search, filters, order and groups are in the address. The browser has the rows of all jobs, so it answers
 * each key at once. Only where there are too many does the server search, a page at a time.
 */
import { Button, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import type { JobRow } from '../../../src/contracts/job-rows.ts';
import { defaultOrder, type JobSort, MAX_ROWS, type SortOrder } from '../../../src/domain/jobs/lists.ts';
import { conditionsOf, jobPageQuery, jobRowsQuery } from '../../api/jobs.ts';
import { PlusIcon } from '../../components/icons.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Pager } from '../../components/pager.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import type { JobsFilter } from '../../lib/jobs-filter.ts';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { Filters } from './filters.tsx';
import { filtered, foldedIn, groupings, linesOf, orderOf, sorted, withFolded } from './lines.ts';
import { JobTable, type Selection, type TableKeys } from './table.tsx';
import { useListKeys } from './use-list-keys.ts';
import { useTypedSearch } from './use-typed-search.ts';
import { Views } from './views.tsx';

const laterBulk = later(() => import('./bulk.tsx'));

export function JobsPage() {
  const { t } = useTranslation();
  const { may } = useMe();
  const search = useSearch({ from: '/app/jobs' });
  const navigate = useNavigate({ from: '/jobs' });
  const change = (part: JobsFilter) =>
    navigate({
      search: (before) => ({ ...before, cursor: undefined, ...part }),
      replace: true,
      resetScroll: false,
    });
  const typed = useTypedSearch(search.search, (text) => change({ search: text }));
  const { sort, order } = orderOf(search);
  const sortBy = (by: JobSort, in_: SortOrder) =>
    change({ sort: by === 'created' ? undefined : by, order: in_ === defaultOrder(by) ? undefined : in_ });
  const isFiltered = Boolean(search.condition || search.search || search.tag || search.cursor || typed.text);
  const list = useRows(search, typed.text);
  const grouping = groupings.find((offered) => offered === search.group);
  const lines = useMemo(
    () => linesOf(list.rows, grouping, foldedIn(search.folded)),
    [list.rows, grouping, search.folded],
  );
  const selection = useSelectedJobs(list.rows);
  const isEverything = selection.isEverything && list.isLarge;
  // From the first selection on: what became of the jobs is shown when none is selected any more.
  const [hasSelected, setHasSelected] = useState(false);
  if (!hasSelected && selection.selected.length > 0) setHasSelected(true);
  const bulk = useLater(laterBulk, hasSelected && may('jobs.act'));
  const isNarrow = useMediaQuery('(max-width: 40em)', undefined, { getInitialValueInEffect: false });
  const keys = useRef<TableKeys | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useListKeys({
    keys,
    field,
    onClear: () => (selection.selected.length > 0 ? selection.clear() : typed.type('')),
  });

  const create = may('jobs.write') && (
    <Button leftSection={<PlusIcon />} renderRoot={(props) => <Link to="/jobs/new" {...props} />}>
      {t('export.new')}
    </Button>
  );
  const isEmpty = list.isReady && list.rows.length === 0;
  const isBlank = isEmpty && !isFiltered;
  return (
    <PageLayout title={t('nav.jobs')} lead={t('jobs.lead')} actions={!isBlank && create}>
      {!isBlank && (
        <Filters
          filter={search}
          text={typed.text}
          onType={typed.type}
          onChange={change}
          field={field}
          onDown={() => keys.current?.move(1)}
          sort={sort}
          onSort={sortBy}
          grouping={grouping}
        >
          <Views search={search} />
          <Text fz="sm" c="dimmed" role="status">
            {list.isReady && t('jobs.count', { count: list.total })}
          </Text>
        </Filters>
      )}
      {list.isPending && <LoadingRows />}
      {list.error && <Failure error={list.error} onRetry={list.retry} />}
      {isEmpty &&
        (isFiltered ? (
          <Empty
            title={t('jobs.noMatch')}
            action={
              <Button
                variant="default"
                onClick={() => {
                  typed.type('');
                  void navigate({ search: {} });
                }}
              >
                {t('list.clear')}
              </Button>
            }
          />
        ) : (
          <Empty title={t('jobs.none')} action={create}>
            {t('jobs.none.detail')}
          </Empty>
        ))}
      {list.isReady && !isEmpty && (
        <>
          <JobTable
            lines={lines}
            grouping={grouping}
            sort={sort}
            order={order}
            onSort={sortBy}
            onFold={(name, isFolded) => change({ folded: withFolded(search.folded, name, isFolded) })}
            selection={may('jobs.act') ? selection.ofTable : undefined}
            isNarrow={isNarrow}
            hasTrend={list.rows.some(({ recent_sizes }) => recent_sizes.length > 1)}
            keys={keys}
          />
          {bulk && (
            <bulk.BulkActions
              jobs={selection.selected}
              chosen={
                isEverything
                  ? { filter: conditionsOf({ ...search, search: typed.text || undefined }), count: list.total }
                  : { ids: selection.selected.map(({ id }) => id) }
              }
              count={isEverything ? list.total : selection.selected.length}
              // Of an installation with too many jobs, the page has only some of those that match.
              onEverything={
                list.isLarge && selection.areAll && !isEverything && list.total <= MAX_ROWS
                  ? selection.takeEverything
                  : undefined
              }
              total={list.total}
              onDone={selection.keepOnly}
            />
          )}
          {list.isLarge && (
            <Pager
              cursor={search.cursor}
              next={list.next}
              onGo={(to) => navigate({ search: (before) => ({ ...before, cursor: to }) })}
              part={{ before: list.before, shown: list.rows.length, total: list.total }}
            />
          )}
        </>
      )}
    </PageLayout>
  );
}

const noRows: readonly JobRow[] = [];

/** The rows that match, in their order: from those of all jobs, or from the server. */
function useRows(search: JobsFilter, text: string) {
  const all = useQuery(jobRowsQuery);
  const isLarge = all.data?.next != null;
  const page = useQuery({ ...jobPageQuery(search), enabled: isLarge });
  const { condition, tag } = search;
  const { sort, order } = orderOf(search);
  const every = all.data?.items ?? noRows;
  const inOrder = useMemo(() => sorted(every, sort, order), [every, sort, order]);
  const found = useMemo(() => filtered(inOrder, { condition, search: text, tag }), [inOrder, condition, text, tag]);
  const answer = isLarge ? page : all;
  return {
    isLarge,
    rows: isLarge ? (page.data?.items ?? noRows) : found,
    total: isLarge ? (page.data?.total ?? 0) : found.length,
    before: page.data?.before ?? 0,
    next: page.data?.next ?? null,
    isReady: answer.data !== undefined,
    isPending: answer.isPending,
    error: answer.error,
    retry: () => void answer.refetch(),
  };
}

/** Which rows are selected. A row that leaves the list and comes back is still selected, but only shown ones count. */
function useSelectedJobs(rows: readonly JobRow[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [isEverything, setEverything] = useState(false);
  const select = (next: ReadonlySet<string>) => {
    setEverything(false);
    setIds(next);
  };
  const selected = useMemo(() => (ids.size === 0 ? noRows : rows.filter(({ id }) => ids.has(id))), [rows, ids]);
  // Always the same function, so that the rows are not rendered again.
  const toggleOf = useRef<(some: readonly string[]) => void>(() => {});
  toggleOf.current = (some) => {
    const areOn = some.every((id) => ids.has(id));
    select(new Set(areOn ? [...ids].filter((id) => !some.includes(id)) : [...ids, ...some]));
  };
  const [toggle] = useState(() => (some: readonly string[]) => toggleOf.current(some));
  const areAll = selected.length > 0 && selected.length === rows.length;
  const ofTable: Selection = {
    ids,
    toggle,
    all: rows.length,
    selected: selected.length,
    toggleAll: () => select(new Set(areAll ? [] : rows.map(({ id }) => id))),
  };
  return {
    selected,
    areAll,
    isEverything,
    takeEverything: () => setEverything(true),
    clear: () => select(new Set()),
    /** After an action: those that were refused stay selected. */
    keepOnly: (some: readonly string[]) => select(new Set(some)),
    ofTable,
  };
}
