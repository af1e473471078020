/** Audience: of the source, found by name, with sizes. */
import { Group, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { sourceAudiencesQuery } from '../api/sources.ts';
import { useListNote } from '../components/long-list.tsx';
import { Select } from '../components/select.tsx';
import { useErrorLine } from '../components/states.tsx';
import { useTranslation } from '../i18n/provider.tsx';

export interface SourceAudienceProps {
  /** The source's authorization; empty for files. */
  readonly source: string;
  readonly value: string;
  /** What the chosen one is called. */
  readonly name: string;
  readonly error?: ReactNode;
  readonly 'data-path'?: string;
  readonly onChange: (id: string, name: string) => void;
  readonly onBlur?: () => void;
}

export function SourceAudienceSelect({ source, name, error, onChange, ...field }: SourceAudienceProps) {
  const { value } = field;
  const { t, format } = useTranslation();
  const errorLine = useErrorLine();
  const note = useListNote();
  const [typed, setTyped] = useState(name);
  // The name of what is chosen is no search for others.
  const [search] = useDebouncedValue(typed === name ? '' : typed, 250);
  const found = useQuery(sourceAudiencesQuery(source || undefined, search));
  const items = found.data?.items ?? [];
  const listed = items.some((audience) => audience.id === value) || value === '';
  const options = [
    ...(listed ? [] : [{ value, label: name }]),
    ...items.map((audience) => ({ value: audience.id, label: audience.name })),
    ...note({ shown: items.length, isWhole: !found.data?.next, total: found.data?.total }),
  ];
  const failure = errorLine(found.error);
  return (
    <Select
      label={t('form.segment_id')}
      required
      searchable
      data={options}
      {...field}
      value={value || null}
      searchValue={typed}
      onSearchChange={setTyped}
      // The source has searched already.
      filter={({ options: all }) => all}
      onChange={(id, option) => id && option && onChange(id, option.label)}
      placeholder={t('list.search')}
      // Where the list failed the field says why; nothing stands in front of it.
      nothingFoundMessage={failure ? undefined : found.isFetching ? t('state.loading') : t('form.segment_id.none')}
      error={error ?? failure}
      maxDropdownHeight={300}
      renderOption={({ option }) => {
        const audience = items.find((candidate) => candidate.id === option.value);
        return (
          <Group justify="space-between" wrap="nowrap" w="100%" gap="md">
            <Text fz="sm" style={{ overflowWrap: 'anywhere' }}>
              {option.label}
            </Text>
            <Text fz="xs" c="dimmed" className="numbers">
              {audience?.size != null
                ? t('form.members', { count: audience.size })
                : audience?.updated_at && format.date(audience.updated_at)}
            </Text>
          </Group>
        );
      }}
    />
  );
}
