/** What the templates of `sentence` are in each language; a file a language, read when it is needed. */
import type { LanguageCode } from '../languages.ts';
import type { Voice } from '../sentence.ts';

export type Language = LanguageCode;

/** English template → the same in the language, with the same `{0}`, `{1}`, … in whichever order it wants them. */
export type Catalogue = Readonly<Record<string, string>>;

const catalogues: Readonly<Record<Language, () => Promise<Catalogue>>> = {
  en: async () => ({}),
  ja: async () => (await import('./ja.ts')).ja,
  'zh-TW': async () => (await import('./zh-tw.ts')).zhTW,
  th: async () => (await import('./th.ts')).th,
  id: async () => (await import('./id.ts')).id,
};

/** @param timeZone of moments; @default the reader's own */
export async function voiceOf(language: Language, timeZone?: string): Promise<Voice> {
  const catalogue = await catalogues[language]();
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const dateTime = new Intl.DateTimeFormat(language, {
    timeZone,
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  });
  return {
    translate: (template) => (Object.hasOwn(catalogue, template) ? catalogue[template] : undefined),
    number: (value) => number.format(value),
    share: (share) => percent.format(share),
    moment: (iso) => dateTime.format(new Date(iso)),
    gap: language === 'ja' || language === 'zh-TW' ? '' : ' ',
  };
}
