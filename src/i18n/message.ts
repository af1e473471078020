/** Formats a message of a catalogue. The message is compiled, so neither this code nor the browser needs a parser. */
import format, { type CompiledMessage } from 'icu-minify/format';

export type { CompiledMessage };
export type Values = Readonly<Record<string, string | number>>;

const formatters = {
  getNumberFormat: (...options: ConstructorParameters<typeof Intl.NumberFormat>) =>
    new Intl.NumberFormat(...options),
  getDateTimeFormat: (...options: ConstructorParameters<typeof Intl.DateTimeFormat>) =>
    new Intl.DateTimeFormat(...options),
  getPluralRules: (...options: ConstructorParameters<typeof Intl.PluralRules>) =>
    new Intl.PluralRules(...options),
};

/** Formats numbers for the language. A placeholder without a value stays visible. */
export function formatMessage(message: CompiledMessage, language: string, values: Values = {}): string {
  if (typeof message === 'string') return message;
  // All values are texts or numbers, so the result is a text.
  return format(message, language, writtenValues(message, values, language), { formatters }) as string;
}

/**
 * The values of plain placeholders, `{name}`, as texts. In ICU, such a number is formatted for the language; the library leaves that to
 * its caller. A placeholder with a type, `{count, plural, …}`, needs the number itself.
 */
function writtenValues(
  message: Exclude<CompiledMessage, string>,
  values: Values,
  language: string,
): Record<string, string | number> {
  const written = { ...values };
  for (const part of message) {
    if (!Array.isArray(part) || part.length > 1) continue;
    const name = part[0];
    const value = values[name] ?? `{${name}}`;
    written[name] = typeof value === 'number' ? value.toLocaleString(language) : value;
  }
  return written;
}
