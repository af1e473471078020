/** The language of the web app in a browser. The server uses the same rule to send that language first. */
import type { LanguageCode } from './localized.ts';

/** Not in the storage of the page, because the server reads it too. */
const COOKIE = 'lineup.language';
const YEAR_S = 365 * 24 * 60 * 60;

const codes: Readonly<Record<string, LanguageCode>> = { en: 'en', ja: 'ja', 'zh-tw': 'zh-TW', th: 'th', id: 'id' };

/**
 * @param cookies all cookies of the page
 * @param tags what the browser asks for, such as `ja-JP`, best first
 * @returns what the person chose, otherwise the first known language; undefined if there is none
 */
export function preferredLanguage(cookies: string, tags: readonly string[]): LanguageCode | undefined {
  const [, chosen = ''] = cookies.match(/(?:^|; )lineup\.language=([\w-]+)/) ?? [];
  return [chosen, ...tags].map(known).find((language) => language !== undefined);
}

/** The cookie that keeps a choice. */
export const languageCookie = (language: LanguageCode): string =>
  `${COOKIE}=${language}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;

function known(tag: string): LanguageCode | undefined {
  const wanted = tag.toLowerCase();
  // Every Chinese: we have one.
  return /^zh\b/.test(wanted) ? 'zh-TW' : codes[wanted.split('-')[0] ?? ''];
}
