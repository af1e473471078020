/**
 * Cron expressions in words: "At 09:00, Monday through Friday". cRonstrue puts the words together. Its own translations
 * would not be understood everywhere, so the phrases are those of `locales/<language>/cron.json`.
 */
import { createRequire } from 'node:module';
import { expressionOf, fieldsOf } from '../domain/schedule/cron.ts';
import type { LanguageCode } from '../domain/text/localized.ts';
import { fillTemplate } from '../domain/text/sentence.ts';

type Phrases = Readonly<Record<keyof typeof import('../../locales/en/cron.json'), string>>;

const catalogues: Readonly<Record<LanguageCode, () => Promise<{ default: Phrases }>>> = {
  en: () => import('../../locales/en/cron.json', { with: { type: 'json' } }),
  ja: () => import('../../locales/ja/cron.json', { with: { type: 'json' } }),
  'zh-TW': () => import('../../locales/zh-TW/cron.json', { with: { type: 'json' } }),
  th: () => import('../../locales/th/cron.json', { with: { type: 'json' } }),
  id: () => import('../../locales/id/cron.json', { with: { type: 'json' } }),
};

type Describe = (expression: string) => string;
const describers = new Map<LanguageCode, Promise<Describe>>();

/**
 * Each expression in words.
 * @param expressions valid ones (domain/schedule/cron.ts), because cRonstrue takes others, too
 */
export async function cronWords(expressions: readonly string[], language: LanguageCode): Promise<string[]> {
  if (!describers.has(language)) describers.set(language, describerFor(language));
  const describe = await describers.get(language)!;
  return expressions.map((expression) => {
    const { day, weekday, ...others } = fieldsOf(expression);
    if (day === '*' || weekday === '*') return describe(expression);
    // One of the two is enough. "On day 1 and on Friday" would be read as both.
    return [
      { ...others, day },
      { ...others, weekday },
    ]
      .map(expressionOf)
      .map(describe)
      .join(' · ');
  });
}

/** Loads cRonstrue when it describes something for the first time. */
async function describerFor(language: LanguageCode): Promise<Describe> {
  const { default: phrases } = await catalogues[language]();
  // It is CommonJS, and loaders disagree about its default export.
  const { default: Descriptor } = createRequire(import.meta.url)('cronstrue') as typeof import('cronstrue');
  const locale = `lineup ${language}`;
  // It also has phrases for what our expressions cannot have, like seconds and years.
  Descriptor.locales[locale] = Object.assign(Object.create(Descriptor.locales.en!), localeOf(phrases, language));
  return (written) => {
    // cRonstrue would say "at 00 minutes past the hour".
    const expression = written.replace(/\b0(?=\d)/g, '');
    const { minute, hour } = fieldsOf(expression);
    // "At 09:00, every day", but not "every 15 minutes, every hour, every day".
    const verbose = /^\d+$/.test(minute) && /^[\d,]+$/.test(hour);
    return tidy(Descriptor.toString(expression, { locale, use24HourTimeFormat: true, verbose }), phrases);
  };
}

const places = ['first', 'second', 'third', 'fourth', 'fifth'] as const;

/** The phrases as cRonstrue asks for them: by methods, with `%s` for each value in turn. */
function localeOf({ separator: _, ...phrases }: Phrases, language: LanguageCode): object {
  const methods = Object.entries(phrases).map(([name, phrase]) => [name, () => phrase.replace(/\{[01]\}/g, '%s')]);
  return {
    ...Object.fromEntries(methods),
    // It would always write "first" before the day; `tidy` puts both in the order of the language.
    ...Object.fromEntries(places.map((name, index) => [name, () => `#${index + 1}`])),
    daysOfTheWeek: () => names(7, (day) => Date.UTC(2024, 8, 1 + day), { weekday: 'long' }, language),
    monthsOfTheYear: () => names(12, (month) => Date.UTC(2024, month), { month: 'long' }, language),
  };
}

function names(
  count: number,
  moment: (index: number) => number,
  style: Intl.DateTimeFormatOptions,
  language: LanguageCode,
): string[] {
  const format = new Intl.DateTimeFormat(language, { ...style, timeZone: 'UTC' });
  return Array.from({ length: count }, (_, index) => format.format(moment(index)));
}

function tidy(words: string, phrases: Phrases): string {
  return words
    .replace(/#([1-5]) ([^\s,]+)/g, (_, place: string, day: string) =>
      fillTemplate(phrases[places[Number(place) - 1]!], [day]),
    )
    .replace(/\s+/g, ' ')
    .replace(/ ?, ?/g, phrases.separator)
    .trim();
}
