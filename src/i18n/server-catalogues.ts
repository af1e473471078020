/** The translators of the server. Catalogues are loaded and messages compiled only when needed. */
import type { LanguageCode } from '../domain/text/localized.ts';
import { type Translate, translator } from './translator.ts';

/** English template → its translation in ICU MessageFormat. */
type Source = Readonly<Record<string, string>>;

/** English needs no catalogue, because the templates are English. */
const catalogues: Readonly<Record<LanguageCode, () => Promise<Source>>> = {
  en: async () => ({}),
  ja: async () => (await import('../../locales/ja/server.json', { with: { type: 'json' } })).default,
  'zh-TW': async () => (await import('../../locales/zh-TW/server.json', { with: { type: 'json' } })).default,
  th: async () => (await import('../../locales/th/server.json', { with: { type: 'json' } })).default,
  id: async () => (await import('../../locales/id/server.json', { with: { type: 'json' } })).default,
};

/** @param timeZone for times; @default the time zone of the server */
export async function translatorFor(language: LanguageCode, timeZone?: string): Promise<Translate> {
  const [catalogue, { default: compile }] = await Promise.all([
    catalogues[language](),
    // The parser is loaded for the first translation, not at every start of the server.
    import('icu-minify/compile'),
  ]);
  const lookUp = (template: string) => (Object.hasOwn(catalogue, template) ? compile(catalogue[template]!) : undefined);
  return translator(lookUp, language, timeZone);
}
