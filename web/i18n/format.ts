/** Numbers, dates and durations as a language writes them. */
import type { Language } from './messages.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function formatsOf(language: Language) {
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
  const time = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });

  return {
    number: (value: number) => number.format(value),
    /** @param share 0 to 1 */
    percent: (share: number) => percent.format(share),
    dateTime: (iso: string) => dateTime.format(new Date(iso)),
    date: (iso: string) => date.format(new Date(iso)),
    time: (iso: string) => time.format(new Date(iso)),
    /** A moment in another time zone, with its weekday. */
    inZone: (iso: string, timeZone: string) =>
      new Intl.DateTimeFormat(language, {
        timeZone,
        weekday: 'short',
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      }).format(new Date(iso)),
    /** "5 minutes ago", "in 3 hours". */
    relative: (iso: string, now = Date.now()) => {
      const ms = Date.parse(iso) - now;
      const size = Math.abs(ms);
      if (size < MINUTE) return relative.format(Math.trunc(ms / SECOND), 'second');
      if (size < HOUR) return relative.format(Math.trunc(ms / MINUTE), 'minute');
      if (size < DAY) return relative.format(Math.trunc(ms / HOUR), 'hour');
      return relative.format(Math.trunc(ms / DAY), 'day');
    },
    duration: (ms: number) => {
      const unit = (value: number, name: 'second' | 'minute' | 'hour') =>
        new Intl.NumberFormat(language, {
          style: 'unit',
          unit: name,
          unitDisplay: 'short',
          maximumFractionDigits: 1,
        }).format(value);
      if (ms < MINUTE) return unit(ms / SECOND, 'second');
      if (ms < HOUR) return unit(ms / MINUTE, 'minute');
      return unit(ms / HOUR, 'hour');
    },
    bytes: (bytes: number) => {
      const [size, unit] =
        bytes < 1e3
          ? ([bytes, 'byte'] as const)
          : bytes < 1e6
            ? ([bytes / 1e3, 'kilobyte'] as const)
            : ([bytes / 1e6, 'megabyte'] as const);
      return new Intl.NumberFormat(language, {
        style: 'unit',
        unit,
        // A short byte is no plural in English.
        unitDisplay: unit === 'byte' ? 'long' : 'short',
        maximumFractionDigits: 1,
      }).format(size);
    },
  };
}

/** English names of weekdays, as the API speaks of them, from a Monday on. */
const MONDAY = Date.UTC(2024, 0, 1);

/** The name of the `index`-th day of the week (Monday is 0). */
export const weekdayName = (index: number, language: Language): string =>
  new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(
    new Date(MONDAY + index * DAY),
  );
