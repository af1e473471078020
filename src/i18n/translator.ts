/**
 * Translates sentences of the server, and puts values into messages. The caller provides the catalogue. Its messages
 * are compiled, so neither this code nor the browser needs a parser.
 */
import format, { type CompiledMessage } from 'icu-minify/format';
import { withoutCodes } from '../domain/errors/system-codes.ts';
import type { LanguageCode } from '../domain/text/localized.ts';
import { fillTemplate, formatSentence, type Sentence } from '../domain/text/sentence.ts';
import { dateFormat, numberFormat, pluralRules } from './intl.ts';

/** Formats a sentence in one language. */
export type Translate = (sentence: Sentence) => string;

/** Intl writes these otherwise than people do: "17 นาฬิกา 03 นาที 27 วินาที GMT+7", "17:03:27 [GMT+8]". */
const asPeopleWrite: Partial<Record<LanguageCode, (moment: string) => string>> = {
  th: (moment) =>
    moment.replace(/(\d\d) นาฬิกา (\d\d) นาที (\d\d) วินาที/, '$1:$2:$3').replace(/\d{1,2}:\d\d(:\d\d)?/, '$& น.'),
  'zh-TW': (moment) => moment.replace(' [', '（').replace(']', '）'),
};

/** Writes moments with these parts, always with their zone: colleagues in Tokyo and Bangkok read the same page. */
export function momentFormat(language: LanguageCode, parts: Intl.DateTimeFormatOptions): (iso: string) => string {
  // English alone has AM and PM.
  const hourCycle = language === 'en' ? parts.hourCycle : 'h23';
  const options = { timeZoneName: 'short', ...parts, hourCycle } as const;
  const asWritten = asPeopleWrite[language] ?? ((moment: string) => moment);
  return (iso) => asWritten(dateFormat(language, options).format(new Date(iso)));
}

/** A day and a time. @default the zone of the machine */
export const dateTimeFormat = (language: LanguageCode, timeZone?: string): ((iso: string) => string) =>
  momentFormat(language, {
    timeZone,
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  });

/**
 * @param lookUp finds the translation of a template; a sentence without one stays in English
 * @param timeZone for times; @default the time zone of the machine
 */
export function translator(
  lookUp: (template: string) => CompiledMessage | undefined,
  language: LanguageCode,
  timeZone?: string,
): Translate {
  const format = {
    template: (template: string, values: readonly string[]) => {
      const translation = lookUp(template);
      const text =
        translation === undefined
          ? fillTemplate(template, values)
          : formatMessage(translation, language, Object.fromEntries(values.entries()));
      return withoutCodes(text, values);
    },
    number: (value: number) => numberFormat(language).format(value),
    share: (share: number) => numberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(share),
    moment: dateTimeFormat(language, timeZone),
    // Japanese and Chinese have no space between sentences.
    gap: language === 'ja' || language === 'zh-TW' ? '' : ' ',
  };
  return (sentence) => formatSentence(sentence, format);
}

export type { CompiledMessage };
export type Values = Readonly<Record<string, string | number>>;

/** The library names a locale as a text too, and never a list. */
type Made<Formatter> = (locale: Intl.LocalesArgument, options?: object) => Formatter;

const formatters = {
  getNumberFormat: numberFormat as Made<Intl.NumberFormat>,
  getDateTimeFormat: dateFormat as Made<Intl.DateTimeFormat>,
  getPluralRules: pluralRules as Made<Intl.PluralRules>,
};

/** Formats numbers for the language. A placeholder without a value stays visible. */
export function formatMessage(message: CompiledMessage, language: string, values: Values = {}): string {
  if (typeof message === 'string') return message;
  // All values are texts or numbers, so the result is a text.
  return format(message, language, writtenValues(message, values, language), { formatters }) as string;
}

/**
 * The values of plain placeholders, `{name}`, as texts. In ICU, such a number is formatted for the language; the
 * library leaves that to its caller. A placeholder with a type, `{count, plural, …}`, needs the number itself.
 */
function writtenValues(
  message: Exclude<CompiledMessage, string>,
  values: Values,
  language: string,
): Record<string, string | number> {
  const written = { ...values };
  for (const part of message) {
    if (!Array.isArray(part) || part.length > 1) continue;
    const name = part[0];
    const value = values[name] ?? `{${name}}`;
    written[name] = typeof value === 'number' ? numberFormat(language).format(value) : value;
  }
  return written;
}
