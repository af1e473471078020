/** The choice of a time zone. It is found by city, abbreviation, offset or country. */
import type { ComboboxItem, SelectProps } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { Language } from '../../i18n/messages.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { LongSelect } from '../long-list.tsx';
import type * as Search from './search.ts';
import { zoneIds, zoneLabel } from './zones.ts';

/** Needed when somebody searches. */
const laterSearch = later(() => import('./search.ts'));

type TimeZoneSelectProps = Pick<
  SelectProps,
  'label' | 'description' | 'placeholder' | 'required' | 'clearable' | 'clearButtonProps' | 'error'
> & {
  /** An empty string for none. */
  readonly value: string;
  readonly onChange: (value: string) => void;
};

export function TimeZoneSelect({ value, onChange, ...others }: TimeZoneSelectProps) {
  const { language } = useTranslation();
  const [opened, setOpened] = useState(false);
  const data = useMemo(() => {
    const now = new Date();
    // Builds all labels only when the list is opened, because that takes a moment.
    const ids = opened ? [...new Set([value, ...zoneIds()])] : [value];
    return ids.filter(Boolean).map((id) => ({ value: id, label: zoneLabel(id, language, now) }));
  }, [opened, value, language]);
  const search = useLater(laterSearch);
  const matches = useMemo(() => search && searchIn(search, language), [search, language]);
  return (
    <LongSelect
      {...others}
      allowDeselect={false}
      data={data}
      means={matches}
      value={value || null}
      onDropdownOpen={() => setOpened(true)}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}

/** Builds the search texts at the first search. */
function searchIn({ findableZones, matchesZone, regions }: typeof Search, language: Language) {
  let known: ReadonlyMap<string, Search.FindableZone> | undefined;
  return ({ value }: ComboboxItem, wanted: string): boolean => {
    known ??= new Map(findableZones(language, regions, new Date()).map((zone) => [zone.id, zone]));
    const zone = known.get(value);
    return zone !== undefined && matchesZone(zone, wanted);
  };
}
