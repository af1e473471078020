/**
 * The message catalogues of the web app: one file per language in `locales`. Vite compiles them
 * (web/i18n/vite-plugin.ts).
 */
import type en from '../../locales/en/web.json';
import type { LanguageCode } from '../../src/domain/text/localized.ts';
import type { CompiledMessage } from '../../src/i18n/translator.ts';

export type Language = LanguageCode;
export type Key = keyof typeof en;
/** Every language has every key of English: a missing key does not compile. */
export type Messages = Readonly<Record<Key, CompiledMessage>>;

/** A browser loads only the language that it shows. */
const messages: Readonly<Record<Language, () => Promise<{ default: Messages }>>> = {
  en: () => import('../../locales/en/web.json'),
  ja: () => import('../../locales/ja/web.json'),
  'zh-TW': () => import('../../locales/zh-TW/web.json'),
  th: () => import('../../locales/th/web.json'),
  id: () => import('../../locales/id/web.json'),
};

export const loadMessages = async (language: Language): Promise<Messages> => (await messages[language]()).default;

/** Template of a sentence of the server → its translation. */
type Sentences = Readonly<Record<string, CompiledMessage>>;

/** English needs no catalogue, because the templates are English. */
const sentences: Readonly<Record<Language, () => Promise<{ default: Sentences }>>> = {
  en: async () => ({ default: {} }),
  ja: () => import('../../locales/ja/server.json'),
  'zh-TW': () => import('../../locales/zh-TW/server.json'),
  th: () => import('../../locales/th/server.json'),
  id: () => import('../../locales/id/server.json'),
};

export const loadSentences = async (language: Language): Promise<Sentences> => (await sentences[language]()).default;
