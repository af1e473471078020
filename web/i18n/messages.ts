/**
 * The message catalogues of the web app: one file per language in `locales`. Vite compiles and divides them
 * (web/i18n/vite-plugin.ts).
 */
/// <reference path="./catalogues.d.ts" />
import type en from '../../locales/en/web.json';
import type { LanguageCode } from '../../src/domain/text/localized.ts';
import type { CompiledMessage } from '../../src/i18n/translator.ts';

export type Language = LanguageCode;
export type Key = keyof typeof en;
/** Every language has every key of English: a missing key does not compile. */
export type Messages = Readonly<Record<Key, CompiledMessage>>;

/** A browser loads only the language that it shows: first what pages show at once. */
const first: Readonly<Record<Language, () => Promise<{ default: Messages }>>> = {
  en: () => import('../../locales/en/web.json'),
  ja: () => import('../../locales/ja/web.json'),
  'zh-TW': () => import('../../locales/zh-TW/web.json'),
  th: () => import('../../locales/th/web.json'),
  id: () => import('../../locales/id/web.json'),
};

/** The texts of parts that are loaded later, and the sentences of the server: template → translation. */
const later = {
  en: () => import('../../locales/en/web.json?later'),
  ja: () => import('../../locales/ja/web.json?later'),
  'zh-TW': () => import('../../locales/zh-TW/web.json?later'),
  th: () => import('../../locales/th/web.json?later'),
  id: () => import('../../locales/id/web.json?later'),
};

/** The languages that were shown, each with all that is loaded of it. */
const loaded = new Map<Language, Messages>();
let isLaterWanted = false;

const addLater = async (language: Language, to: Messages): Promise<void> => {
  Object.assign(to, (await later[language]()).default.messages);
};

export async function loadMessages(language: Language): Promise<Messages> {
  const all = loaded.get(language) ?? { ...(await first[language]()).default };
  loaded.set(language, all);
  if (isLaterWanted) await addLater(language, all);
  return all;
}

/** For a part that is loaded later, in the language on the screen and in those that are chosen afterwards. */
export async function loadLaterMessages(): Promise<void> {
  isLaterWanted = true;
  await Promise.all([...loaded].map(([language, all]) => addLater(language, all)));
}

/** English needs none, because the templates are English. */
export const loadSentences = async (language: Language): Promise<Readonly<Record<string, CompiledMessage>>> =>
  language === 'en' ? {} : (await later[language]()).default.sentences;
