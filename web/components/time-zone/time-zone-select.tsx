/** The choice of a time zone, which is found by whatever people call it. */
import { type ComboboxItem, type OptionsFilter, Select, type SelectProps } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useSpeech } from '../../i18n/provider.tsx';
import { regions } from '../../lib/regions.ts';
import { findableZones, meansZone, zoneIds, zoneLabel } from './zones.ts';

const SHOWN = 60;

type TimeZoneSelectProps = Pick<
  SelectProps,
  'label' | 'description' | 'placeholder' | 'required' | 'clearable' | 'clearButtonProps' | 'error'
> & {
  /** Empty: none. */
  readonly value: string;
  readonly onChange: (value: string) => void;
};

export function TimeZoneSelect({ value, onChange, clearable, ...others }: TimeZoneSelectProps) {
  const { language } = useSpeech();
  const [opened, setOpened] = useState(false);
  const data = useMemo(() => {
    const now = new Date();
    // All are named when somebody looks at them: that takes a moment.
    const ids = opened ? [...new Set([value, ...zoneIds()])].filter(Boolean) : value ? [value] : [];
    return ids.map((id) => ({ value: id, label: zoneLabel(id, language, now) }));
  }, [opened, value, language]);
  const filter = useMemo(() => filterWith(language), [language]);
  return (
    <Select
      {...others}
      searchable
      clearable={clearable ?? false}
      allowDeselect={false}
      limit={SHOWN}
      data={data}
      filter={filter}
      value={value || null}
      onDropdownOpen={() => setOpened(true)}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}

function filterWith(language: ReturnType<typeof useSpeech>['language']): OptionsFilter {
  let known: ReturnType<typeof findableZones> | undefined;
  return ({ options, search, limit }) => {
    const items = options as ComboboxItem[];
    // The label of what is chosen stands in the field: nobody has typed it.
    if (search === '' || items.some(({ label }) => label === search)) return items.slice(0, limit);
    known ??= findableZones(language, regions, new Date());
    const meant = new Set(known.filter((zone) => meansZone(zone, search)).map(({ id }) => id));
    return items.filter((item) => meant.has(item.value)).slice(0, limit);
  };
}
