/** Translates sentences of the server. The caller provides the catalogue. */
import type { LanguageCode } from '../contracts/localized.ts';
import { fillTemplate, formatSentence, type Sentence } from '../contracts/sentence.ts';
import { type CompiledMessage, formatMessage } from './message.ts';

/** Formats a sentence in one language. */
export type Translate = (sentence: Sentence) => string;

/** How a moment is written, with its zone: colleagues in Tokyo and Bangkok read the same page. @default the zone of the machine */
export const dateTimeFormat = (language: LanguageCode, timeZone?: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(language, {
    timeZone,
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
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
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const dateTime = dateTimeFormat(language, timeZone);
  const format = {
    template: (template: string, values: readonly string[]) => {
      const translation = lookUp(template);
      return translation === undefined
        ? fillTemplate(template, values)
        : formatMessage(translation, language, Object.fromEntries(values.entries()));
    },
    number: (value: number) => number.format(value),
    share: (share: number) => percent.format(share),
    moment: (iso: string) => dateTime.format(new Date(iso)),
    // Japanese and Chinese have no space between sentences.
    gap: language === 'ja' || language === 'zh-TW' ? '' : ' ',
  };
  return (sentence) => formatSentence(sentence, format);
}
