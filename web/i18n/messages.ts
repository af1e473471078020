/** What a message is, and how its values are put in. */
import type { Language } from '../../src/contracts/sentences/index.ts';
import type { en } from './en.ts';

export type { Language };
export type Key = keyof typeof en;
/** Every language says everything that English does: a missing key does not compile. */
export type Messages = Readonly<Record<Key, string>>;
export type Values = Readonly<Record<string, string | number>>;

/**
 * `{name}` becomes the value, numbers as the language writes them; `{count|member|members}` becomes the first word for one
 * and the second otherwise (of our languages only English has a plural).
 */
export function fill(message: string, values: Values = {}, language: Language = 'en'): string {
  return message.replace(
    /\{(\w+)(?:\|([^|{}]*)\|([^{}]*))?\}/g,
    (whole, name: string, one?: string, many?: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      if (one !== undefined) return value === 1 ? one : (many ?? '');
      return typeof value === 'number' ? value.toLocaleString(language) : value;
    },
  );
}
