/** The choice of a country; LINE's largest markets come first. */
import { callingCodeOf, markets, others } from '../../../src/domain/values/regions.ts';
import type { Language } from '../../i18n/messages.ts';

export const countryName = (code: string, language: Language): string =>
  new Intl.DisplayNames(language, { type: 'region' }).of(code) ?? code;

export function countryOptions(language: Language): { value: string; label: string }[] {
  const names = new Intl.DisplayNames(language, { type: 'region' });
  const option = (code: string) => ({ value: code, label: `${names.of(code)} (+${callingCodeOf(code)})` });
  const order = new Intl.Collator(language);
  return [
    ...markets.map(option),
    ...others.map(option).sort((country, other) => order.compare(country.label, other.label)),
  ];
}
