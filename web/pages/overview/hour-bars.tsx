/** How many runs begin in each hour, as bars. The pointer and the arrow keys read them. */
import { Text } from '@mantine/core';
import { type CSSProperties, type KeyboardEvent, type PointerEvent, useState } from 'react';
import type { Overview } from '../../../src/contracts/overview.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { moved, nearest } from '../../lib/stops.ts';
import { hourAxis } from './hours.ts';

/** Variables of CSS, which React's types do not know. */
const css = (variables: Record<`--${string}`, number>) => variables as CSSProperties;

export function HourBars({ overview: { at, calendar: hours } }: { overview: Pick<Overview, 'at' | 'calendar'> }) {
  const { t, format } = useTranslation();
  const { count, columns, heights, busiest, labels } = hourAxis(hours, Date.parse(at), format.timeZone);
  const [looked, look] = useState<number | null>(null);
  // There may be fewer than before.
  const read = looked !== null && looked < hours.length ? looked : null;
  const shown = read ?? busiest;
  const words = (index: number) => {
    const { from, runs } = hours[index]!;
    return [format.dateTime(from), t('alerts.fact.runs', { count: runs })].join(t('list.comma'));
  };
  const follow = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const column = ((event.clientX - left) / width) * count - 0.5;
    look(nearest(columns, column));
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape') look(null);
    const to = moved(event.key, shown, hours.length);
    if (to === undefined) return;
    event.preventDefault();
    look(to);
  };
  return (
    <div className="hours" style={css({ '--columns': count })}>
      <Text fz="xs" c="dimmed" className="digits">
        {read === null ? t('overview.calendar.most', { hour: words(busiest) }) : words(read)}
      </Text>
      <div
        className="hour-bars"
        // As the other charts.
        role="slider"
        aria-roledescription={t('chart.role')}
        aria-label={t('overview.calendar.hours')}
        aria-readonly
        aria-valuemin={1}
        aria-valuemax={hours.length}
        aria-valuenow={shown + 1}
        aria-valuetext={words(shown)}
        tabIndex={0}
        onBlur={() => look(null)}
        onKeyDown={press}
        onPointerDown={follow}
        onPointerMove={follow}
        onPointerLeave={({ pointerType }) => pointerType === 'mouse' && look(null)}
      >
        {hours.map(({ from }, index) => (
          <i
            key={from}
            style={css({ '--column': columns[index]!.at + 1, '--height': heights[index]! })}
            data-read={index === read || undefined}
          />
        ))}
      </div>
      <div className="hour-labels" aria-hidden="true">
        {labels.map(({ column, at, isMidnight }) => (
          <span key={at} style={css({ '--column': column + 1 })}>
            {isMidnight ? format.shortDate(at) : format.clock(at)}
          </span>
        ))}
      </div>
    </div>
  );
}
