/** The head of the list of jobs: search, filters, order, groups. */
import { Group, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode, RefObject } from 'react';
import { jobConditions } from '../../../src/domain/jobs/conditions.ts';
import { defaultOrder, type JobSort, jobSorts, type SortOrder } from '../../../src/domain/jobs/lists.ts';
import { jobTagsQuery } from '../../api/jobs.ts';
import { useClearable } from '../../components/clearable.ts';
import { Select } from '../../components/select.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { INCOMPLETE, type JobsFilter } from '../../lib/jobs-filter.ts';
import { type Grouping, groupings } from './lines.ts';

interface FiltersProps {
  readonly filter: JobsFilter;
  /** What is typed into the search field. */
  readonly text: string;
  readonly onType: (text: string) => void;
  readonly onChange: (part: JobsFilter) => void;
  readonly field: RefObject<HTMLInputElement | null>;
  /** From the field to the first row. */
  readonly onDown: () => void;
  readonly sort: JobSort;
  readonly onSort: (sort: JobSort, order: SortOrder) => void;
  readonly grouping: Grouping | undefined;
  readonly children: ReactNode;
}

export function Filters(props: FiltersProps) {
  const { filter, text, onType, onChange, field, onDown, sort, onSort, grouping, children } = props;
  const { t } = useTranslation();
  const clearable = useClearable();
  const { data: tags = [] } = useQuery(jobTagsQuery);
  return (
    <Group gap="sm" role="search">
      <TextInput
        ref={field}
        aria-label={t('jobs.search')}
        placeholder={t('jobs.search.by')}
        type="search"
        maxLength={200}
        value={text}
        onChange={(event) => onType(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          onDown();
        }}
        style={{ flex: '1 1 240px', maxWidth: 380 }}
      />
      <Group gap="sm" className="filter-line">
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
          w={170}
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
            w={140}
          />
        )}
        <Select
          aria-label={t('jobs.group')}
          placeholder={t('jobs.group.none')}
          {...clearable}
          data={groupings.map((value) => ({ value: value as string, label: t(`jobs.group.${value}`) }))}
          value={grouping ?? null}
          onChange={(value) => onChange({ group: value ?? undefined, folded: undefined })}
          w={150}
        />
        <Select
          aria-label={t('jobs.sort')}
          data={jobSorts.map((value) => ({ value, label: t(`jobs.sort.${value}`) }))}
          allowDeselect={false}
          value={sort}
          onChange={(value) => value && onSort(value, defaultOrder(value))}
          w={150}
        />
        {children}
      </Group>
    </Group>
  );
}
