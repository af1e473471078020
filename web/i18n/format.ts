/** Formats numbers, dates and durations for a language. */
import { dateFormat, numberFormat, pluralRules, relativeFormat } from '../../src/i18n/intl.ts';
import { dateTimeFormat, momentFormat } from '../../src/i18n/translator.ts';
import { dayOf } from '../lib/days.ts';
import type { Language } from './messages.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Japanese writes no space between a number and its unit. The space that Intl adds would differ from our own sentences.
 */
const tight = (text: string): string => text.replace(/(?<=\d)\s(?=[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}])/gu, '');

/** English endings. The other languages write the number, and the message around it does the rest. */
const ordinalEndings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' };

/** A value that is not there is a dash. */
const orDash =
  (written: (value: number) => string) =>
  (value: number | null | undefined): string =>
    value == null ? '–' : written(value);

/** @param timeZone of every moment. @default that of the browser */
export function formatsOf(language: Language, timeZone?: string) {
  const asWritten = language === 'ja' ? tight : (text: string) => text;
  const number = (value: number) => numberFormat(language).format(value);
  const day = (ms: number) => Date.parse(dayOf(ms, timeZone));
  const relative = (value: number, unit: Intl.RelativeTimeFormatUnit) =>
    asWritten(relativeFormat(language, { numeric: 'auto' }).format(value, unit));
  const unit = (value: number, name: 'second' | 'minute' | 'hour', maximumFractionDigits = 0) =>
    asWritten(
      numberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits }).format(value),
    );

  const duration = (ms: number) => {
    const seconds = Math.round(ms / SECOND);
    if (seconds < 10) return unit(ms / SECOND, 'second', 1);
    if (seconds < 60) return unit(seconds, 'second');
    const minutes = Math.floor(seconds / 60);
    const [large, small] =
      minutes < 60
        ? ([unit(minutes, 'minute'), seconds % 60 && unit(seconds % 60, 'second')] as const)
        : ([unit(Math.floor(minutes / 60), 'hour'), minutes % 60 && unit(minutes % 60, 'minute')] as const);
    return small ? `${large}${language === 'ja' ? '' : ' '}${small}` : large;
  };

  return {
    number: orDash(number),
    /** For the axis of a chart: "200K", "20万". */
    compact: (value: number) => numberFormat(language, { notation: 'compact', maximumFractionDigits: 1 }).format(value),
    /** "3rd" in English, only the number in other languages. */
    ordinal: (value: number) =>
      language === 'en'
        ? `${value}${ordinalEndings[pluralRules('en', { type: 'ordinal' }).select(value)] ?? 'th'}`
        : number(value),
    /** @param share 0 to 1 */
    percent: orDash((share) => numberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(share)),
    /**
     * A change as a signed percentage. It is cut, not rounded, so that losing nearly all does not read as losing all.
     */
    change: (share: number) =>
      numberFormat(language, { style: 'percent', maximumFractionDigits: 2, signDisplay: 'exceptZero' })
        .format(Math.trunc(share * 10_000) / 10_000)
        .replace('-', '−'),
    dateTime: dateTimeFormat(language, timeZone),
    date: (iso: string) => dateFormat(language, { timeZone, dateStyle: 'medium' }).format(new Date(iso)),
    time: momentFormat(language, {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    }),
    timeZone,
    /** For the axis of a chart: "12/1". */
    shortDate: (ms: number) => dateFormat(language, { timeZone, month: 'numeric', day: 'numeric' }).format(ms),
    /** For the axis of a chart: "14:00". */
    clock: (ms: number) =>
      dateFormat(language, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms),
    /** A moment in another time zone, with its weekday. */
    inZone: (iso: string, other: string) =>
      momentFormat(language, {
        timeZone: other,
        weekday: 'short',
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      })(iso),
    /** "5 minutes ago", "in 3 hours", "tomorrow". Days are calendar days. */
    relative: (iso: string, now = Date.now()) => {
      const ms = Date.parse(iso) - now;
      const size = Math.abs(ms);
      if (size < MINUTE) return relative(Math.trunc(ms / SECOND), 'second');
      if (size < HOUR) return relative(Math.trunc(ms / MINUTE), 'minute');
      if (size < DAY) return relative(Math.trunc(ms / HOUR), 'hour');
      return relative(Math.round((day(now + ms) - day(now)) / DAY), 'day');
    },
    /** For example "0.9 sec", "42 sec", "1 min 42 sec" or "2 hr 5 min". */
    duration,
    /** The time until a moment, rounded up: "40 sec", "4 min", "1 hr 4 min". */
    until: (iso: string, now = Date.now()) => {
      const ms = Math.max(0, Date.parse(iso) - now);
      return ms > 50 * SECOND ? duration(Math.ceil(ms / MINUTE) * MINUTE) : unit(Math.ceil(ms / SECOND), 'second');
    },
    bytes: (bytes: number) => {
      const [size, unit] =
        bytes < 1e3
          ? ([bytes, 'byte'] as const)
          : bytes < 1e6
            ? ([bytes / 1e3, 'kilobyte'] as const)
            : ([bytes / 1e6, 'megabyte'] as const);
      return asWritten(
        numberFormat(language, {
          style: 'unit',
          unit,
          // English has no plural for the short form of "byte".
          unitDisplay: unit === 'byte' ? 'long' : 'short',
          maximumFractionDigits: 1,
        }).format(size),
      );
    },
  };
}

/** The weekdays as the API names them, from Monday on. */
const MONDAY = Date.UTC(2024, 0, 1);

/** The name of a weekday. Index 0 is Monday. */
export const weekdayName = (index: number, language: Language): string =>
  dateFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(new Date(MONDAY + index * DAY));
