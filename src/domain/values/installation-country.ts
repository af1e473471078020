/** The country of an installation: whose phone numbers without a country code its lists probably have. */
import { regions } from './regions.ts';

/** The types of TypeScript do not have it yet. */
type LocaleWithZones = Intl.Locale & { getTimeZones?: () => string[] | undefined };

/** The time zones of a country, as far as this machine knows them. */
export const timeZonesOf = (country: string): readonly string[] =>
  (new Intl.Locale(`und-${country}`) as LocaleWithZones).getTimeZones?.() ?? [];

/** What an installation, or a machine, says about where it is. */
export interface Whereabouts {
  /** An IANA name. Null when there is none. */
  readonly timeZone: string | null;
  readonly language: string;
}

/**
 * The country of the time zone, or else of the language (ISO 3166-1 alpha-2). Undefined when neither belongs to one
 * country: UTC, and English, in which software speaks until somebody chooses.
 */
export const countryOf = ({ timeZone, language }: Whereabouts): string | undefined =>
  (timeZone === null ? undefined : countryOfZone(timeZone)) ?? countryOfLanguage(language);

/** @param appearance the settings of the service */
export const countryOfInstallation = ({
  time_zone,
  language,
}: {
  readonly time_zone: string | null;
  readonly language: string;
}): string | undefined => countryOf({ timeZone: time_zone, language });

const known = new Map<string, string | undefined>();

function countryOfZone(name: string): string | undefined {
  // Zones such as UTC and Etc/GMT-9 are in no country.
  if (!name.includes('/') || name.startsWith('Etc/')) return undefined;
  if (!known.has(name)) {
    // The markets are the first, so for most installations few countries are asked. All of them take half a second.
    const zone = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    known.set(
      name,
      regions.find((country) => timeZonesOf(country).includes(zone)),
    );
  }
  return known.get(name);
}

function countryOfLanguage(language: string): string | undefined {
  const { language: name, region } = new Intl.Locale(language).maximize();
  return name === 'en' ? undefined : regions.find((country) => country === region);
}
