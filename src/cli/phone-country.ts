/**
 * What a command does about phone numbers without a country code when nobody has said which country they belong to. At
 * a terminal, it takes the country of the installation, and says so. A script gets what it gives: its hashes must be
 * the same on every machine.
 */

import type { IdentifierType } from '../domain/audiences/requests.ts';
import { countryOf } from '../domain/values/installation-country.ts';
import { callingCodeOf } from '../domain/values/regions.ts';
import { printNotice } from './output.ts';
import { isAtTerminal } from './terminal.ts';

/** The country of this machine, by its time zone, or else by its language. */
export function countryOfMachine(): string | undefined {
  const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
  return countryOf({ timeZone, language: locale });
}

interface CountryFlags {
  /** Null: all numbers are complete. */
  readonly defaultCountry?: string | null;
}

/**
 * The flags with the default country that is taken, after a notice about it.
 * @param types of all identifiers
 * @param country of the installation, if it is known
 */
export function withPhoneCountry<Flags extends CountryFlags>(
  flags: Flags,
  types: readonly (IdentifierType | undefined)[],
  country: string | undefined,
): Flags {
  if (flags.defaultCountry !== undefined || country === undefined || !types.includes('phone')) return flags;
  const name = `${new Intl.DisplayNames('en', { type: 'region' }).of(country)} (+${callingCodeOf(country)})`;
  if (!isAtTerminal()) {
    printNotice(
      `Phone numbers are sent as they are, because no --default-country is given. If some lack the country code of ${name}, give --default-country ${country}. If all are complete, give --default-country none.`,
    );
    return flags;
  }
  printNotice(
    `Phone numbers without a country code count as numbers of ${name}, the country of this installation. If all numbers are complete, give --default-country none. A script must give --default-country ${country}.`,
  );
  return { ...flags, defaultCountry: country };
}
