/** The translators of the server. A catalogue is read, and a message compiled, when somebody needs it. */
import type { LanguageCode } from '../contracts/localized.ts';
import { type Translate, translator } from './translator.ts';

/** English template → its translation in ICU MessageFormat. */
type Source = Readonly<Record<string, string>>;

/** English needs none: the templates are English. */
const catalogues: Readonly<Record<LanguageCode, () => Promise<Source>>> = {
  en: async () => ({}),
  ja: async () => (await import('../../locales/ja/server.json', { with: { type: 'json' } })).default,
  'zh-TW': async () => (await import('../../locales/zh-TW/server.json', { with: { type: 'json' } })).default,
  th: async () => (await import('../../locales/th/server.json', { with: { type: 'json' } })).default,
  id: async () => (await import('../../locales/id/server.json', { with: { type: 'json' } })).default,
};

/** @param timeZone of moments; @default that of the server */
export async function translatorFor(language: LanguageCode, timeZone?: string): Promise<Translate> {
  const [catalogue, { default: compile }] = await Promise.all([
    catalogues[language](),
    // Only who translates loads the parser: not every start of the server.
    import('icu-minify/compile'),
  ]);
  const lookUp = (template: string) =>
    Object.hasOwn(catalogue, template) ? compile(catalogue[template]!) : undefined;
  return translator(lookUp, language, timeZone);
}
