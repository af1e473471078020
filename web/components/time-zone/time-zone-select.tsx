/** The choice of a time zone. It is found by city, abbreviation, offset or country. */
import type { SelectProps } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from '../../i18n/provider.tsx';
import { regions } from '../../lib/regions.ts';
import { LongSelect } from '../long-list.tsx';
import { type FindableZone, findableZones, matchesZone, zoneIds, zoneLabel } from './zones.ts';

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
  const find = useMemo(() => zonesFoundIn(language), [language]);
  return (
    <LongSelect
      {...others}
      allowDeselect={false}
      data={data}
      means={({ value: id }, wanted) => {
        const zone = find().get(id);
        return zone !== undefined && matchesZone(zone, wanted);
      }}
      value={value || null}
      onDropdownOpen={() => setOpened(true)}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}

/** Builds the search texts at the first search. */
function zonesFoundIn(language: ReturnType<typeof useTranslation>['language']) {
  let known: ReadonlyMap<string, FindableZone> | undefined;
  return (): ReadonlyMap<string, FindableZone> => {
    known ??= new Map(findableZones(language, regions, new Date()).map((zone) => [zone.id, zone]));
    return known;
  };
}
