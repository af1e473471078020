/** The message catalogues of all languages, for tests that compare the languages. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import compile from 'icu-minify/compile';
import { type LanguageCode, languageCode } from '../../src/domain/text/localized.ts';

type Messages = Readonly<Record<string, string>>;

const locales = resolve(import.meta.dirname, '../../locales');

/** ICU MessageFormat by its key, as translators see it. */
export const catalogue = (language: LanguageCode, name: 'web' | 'server'): Messages =>
  JSON.parse(readFileSync(`${locales}/${language}/${name}.json`, 'utf8'));

/** The languages that English is translated into. */
export const otherLanguages = languageCode.options.filter((language) => language !== 'en');

interface Parts {
  /** The names of its placeholders, each once. */
  readonly placeholders: readonly string[];
  /** The text that a person reads, in all plural forms. A placeholder leaves a mark. */
  readonly text: string;
}

/** @throws with the message, if it is not valid ICU MessageFormat */
export function partsOf(message: string): Parts {
  const placeholders = new Set<string>();
  const textOf = (part: unknown): string => {
    if (typeof part === 'string') return part;
    // `#` in a plural.
    if (!Array.isArray(part)) return '·';
    const [name, type, forms = {}] = part as [string, number?, object?];
    placeholders.add(name);
    return type === undefined ? '·' : Object.values(forms).map(textOfAll).join(' ');
  };
  const textOfAll = (parts: unknown): string => (Array.isArray(parts) ? parts.map(textOf).join('') : textOf(parts));
  try {
    const text = textOfAll(compile(message));
    return { placeholders: [...placeholders].sort(), text };
  } catch (error) {
    throw new Error(`“${message}” is not valid ICU MessageFormat: ${(error as Error).message}`);
  }
}
