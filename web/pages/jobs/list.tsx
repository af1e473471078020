/** All jobs. Search, filters and order are in the address. */
import { Button, Group, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { jobConditions } from '../../../src/domain/jobs/conditions.ts';
import { defaultOrder, type JobSort, jobSorts, type SortOrder } from '../../../src/domain/jobs/lists.ts';
import { INCOMPLETE, type JobsFilter, jobsQuery, jobTagsQuery } from '../../api/jobs.ts';
import { useClearable } from '../../components/clearable.ts';
import { PlusIcon } from '../../components/icons.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Pager } from '../../components/pager.tsx';
import { Select } from '../../components/select.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { JobTable } from './table.tsx';

export function JobsPage() {
  const { t } = useTranslation();
  const { may } = useMe();
  const search = useSearch({ from: '/app/jobs' });
  const navigate = useNavigate({ from: '/jobs' });
  const list = useQuery(jobsQuery(search));
  const { condition, search: text, tag, cursor } = search;
  const filtered = Boolean(condition || text || tag || cursor);
  const sort = jobSorts.find((offered) => offered === search.sort) ?? 'created';
  const order = search.order === 'asc' || search.order === 'desc' ? search.order : defaultOrder(sort);
  const change = (part: JobsFilter) =>
    navigate({ search: (before) => ({ ...before, cursor: undefined, ...part }), replace: true });
  const sortBy = (by: JobSort, in_: SortOrder) =>
    change({
      sort: by === 'created' ? undefined : by,
      order: in_ === defaultOrder(by) ? undefined : in_,
    });
  const create = may('jobs.write') && (
    <Button leftSection={<PlusIcon />} renderRoot={(props) => <Link to="/jobs/new" {...props} />}>
      {t('export.new')}
    </Button>
  );
  const isEmpty = list.data?.items.length === 0;
  return (
    <PageLayout title={t('nav.jobs')} lead={t('jobs.lead')} actions={!(isEmpty && !filtered) && create}>
      {!(isEmpty && !filtered) && (
        <Filters key={text === undefined ? 'none' : 'some'} filter={search} onChange={change}>
          <Select
            aria-label={t('jobs.sort')}
            data={jobSorts.map((value) => ({ value, label: t(`jobs.sort.${value}`) }))}
            allowDeselect={false}
            value={sort}
            onChange={(value) => value && sortBy(value, defaultOrder(value))}
            w={190}
          />
        </Filters>
      )}
      {list.isPending && <LoadingRows />}
      {list.isError && <Failure error={list.error} onRetry={() => list.refetch()} />}
      {isEmpty &&
        (filtered ? (
          <Empty
            title={t('jobs.noMatch')}
            action={
              <Button variant="default" onClick={() => navigate({ search: {} })}>
                {t('list.clear')}
              </Button>
            }
          />
        ) : (
          <Empty title={t('jobs.none')} action={create}>
            {t('jobs.none.detail')}
          </Empty>
        ))}
      {list.data && !isEmpty && (
        <>
          {/* The key clears the selection when the list changes. */}
          <JobTable key={JSON.stringify(search)} jobs={list.data.items} sort={sort} order={order} onSort={sortBy} />
          <Pager
            cursor={cursor}
            next={list.data.next}
            onGo={(to) => navigate({ search: (before) => ({ ...before, cursor: to }) })}
            part={{ before: list.data.before, shown: list.data.items.length, total: list.data.total }}
          />
        </>
      )}
    </PageLayout>
  );
}

interface FiltersProps {
  readonly filter: JobsFilter;
  readonly onChange: (part: JobsFilter) => void;
  readonly children: ReactNode;
}

function Filters({ filter, onChange, children }: FiltersProps) {
  const { t } = useTranslation();
  const clearable = useClearable();
  const [typed, setTyped] = useState(filter.search ?? '');
  const later = useDebouncedCallback((text: string) => onChange({ search: text || undefined }), 300);
  const { data: tags = [] } = useQuery(jobTagsQuery);
  return (
    <Group gap="sm" role="search">
      <TextInput
        aria-label={t('jobs.search')}
        placeholder={t('jobs.search.by')}
        type="search"
        maxLength={200}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          later(event.currentTarget.value);
        }}
        style={{ flex: '1 1 240px', maxWidth: 380 }}
      />
      <Select
        aria-label={t('jobs.status')}
        placeholder={t('jobs.anyStatus')}
        {...clearable}
        data={[
          ...jobConditions.map((value) => ({ value: value as string, label: t(`job.condition.${value}`) })),
          { value: INCOMPLETE, label: t('job.incomplete') },
        ]}
        value={filter.condition ?? null}
        onChange={(value) => onChange({ condition: value ?? undefined })}
        w={200}
      />
      {(tags.length > 0 || filter.tag) && (
        <Select
          aria-label={t('jobs.tag')}
          placeholder={t('jobs.anyTag')}
          {...clearable}
          searchable
          data={[...new Set([...tags.map(({ tag }) => tag), ...(filter.tag ? [filter.tag] : [])])]}
          value={filter.tag ?? null}
          onChange={(value) => onChange({ tag: value ?? undefined })}
          w={170}
        />
      )}
      {children}
    </Group>
  );
}
