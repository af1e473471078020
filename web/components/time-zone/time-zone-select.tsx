/** The choice of a time zone, which is found by whatever people call it. */
import type { SelectProps } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from '../../i18n/provider.tsx';
import { regions } from '../../lib/regions.ts';
import { LongSelect } from '../long-list.tsx';
import { type FindableZone, findableZones, meansZone, zoneIds, zoneLabel } from './zones.ts';

type TimeZoneSelectProps = Pick<
  SelectProps,
  'label' | 'description' | 'placeholder' | 'required' | 'clearable' | 'clearButtonProps' | 'error'
> & {
  /** Empty: none. */
  readonly value: string;
  readonly onChange: (value: string) => void;
};

export function TimeZoneSelect({ value, onChange, ...others }: TimeZoneSelectProps) {
  const { language } = useTranslation();
  const [opened, setOpened] = useState(false);
  const data = useMemo(() => {
    const now = new Date();
    // All are named when somebody looks at them: that takes a moment.
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
        return zone !== undefined && meansZone(zone, wanted);
      }}
      value={value || null}
      onDropdownOpen={() => setOpened(true)}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}

/** What the zones are called is looked up at the first search. */
function zonesFoundIn(language: ReturnType<typeof useTranslation>['language']) {
  let known: ReadonlyMap<string, FindableZone> | undefined;
  return (): ReadonlyMap<string, FindableZone> => {
    known ??= new Map(findableZones(language, regions, new Date()).map((zone) => [zone.id, zone]));
    return known;
  };
}
