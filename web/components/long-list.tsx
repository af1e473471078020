/** Lists that are too long to be shown whole: the first entries, and a line that says how to find the others. */
import type { ComboboxItem } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '../i18n/provider.tsx';
import { Select, type SelectProps } from './select.tsx';

/** As many entries as a person reads through, and as the API returns at once. */
const SHOWN = 50;

/** The last line of a list, which cannot be chosen. @returns no line when the list is complete */
export function useListNote(): (list: { shown: number; isWhole: boolean; total?: number }) => ComboboxItem[] {
  const { t } = useTranslation();
  return ({ shown, isWhole, total }) => {
    if (isWhole) return [];
    const label = total === undefined ? t('list.showingFirst', { shown }) : t('list.showing', { shown, total });
    // No id, path or name has a control character.
    return [{ value: '\n', label, disabled: true }];
  };
}

interface LongSelectProps
  extends Omit<SelectProps, 'data' | 'value' | 'filter' | 'limit' | 'searchable' | 'searchValue' | 'onSearchChange'> {
  readonly data: readonly (string | ComboboxItem)[];
  readonly value: string | null;
  /** Whether the search `wanted` (in lower case) matches the entry. @default it is part of the label */
  readonly means?: (entry: ComboboxItem, wanted: string) => boolean;
}

const isInLabel = ({ label }: ComboboxItem, wanted: string): boolean => label.toLowerCase().includes(wanted);

/** A drop-down list that is searched in the browser, however long it is. */
export function LongSelect({ data, value, means = isInLabel, ...props }: LongSelectProps) {
  const note = useListNote();
  const all = data.map((item) => (typeof item === 'string' ? { value: item, label: item } : item));
  const chosen = all.find((option) => option.value === value);
  const [typed, setTyped] = useState(chosen?.label ?? '');
  // The name of the chosen entry is not a search for others.
  const wanted = typed === chosen?.label ? '' : typed.trim().toLowerCase();
  const found = wanted === '' ? all : all.filter((option) => means(option, wanted));
  const first = found.slice(0, SHOWN);
  const offered = [
    ...first,
    ...note({ shown: first.length, isWhole: found.length === first.length, total: found.length }),
  ];
  const isOffered = offered.some((option) => option.value === value);
  return (
    <Select
      {...props}
      searchable
      // The chosen entry is always in the list, even when it is not among the first.
      data={chosen && !isOffered ? [chosen, ...offered] : offered}
      value={value}
      searchValue={typed}
      onSearchChange={setTyped}
      filter={({ options }) => (isOffered || wanted === '' ? options : offered)}
    />
  );
}
