/** The search for a time zone: by city (東京), abbreviation (WIB), offset (+9), country or IANA name. */
import { timeZonesOf } from '../../../src/domain/values/installation-country.ts';
import type { Language } from '../../i18n/messages.ts';
import { cities, cityOf, nameOf, offsetOf, zoneIds } from './zones.ts';

export { regions } from '../../../src/domain/values/regions.ts';

/**
 * The locales whose abbreviations are used. In each locale the browser has only the abbreviations that are common
 * there.
 */
const speakers: readonly string[] = ['ja', 'id', 'en', 'en-GB', 'en-AU'];

/** The country of a zone; empty where the browser does not know it. */
function countriesOfZones(regions: readonly string[]): Map<string, string> {
  return new Map(regions.flatMap((region) => timeZonesOf(region).map((id) => [id, region] as const)));
}

export interface FindableZone {
  readonly id: string;
  /** The text that a search is compared with, in lower case. */
  readonly searchTexts: readonly string[];
  /** For example `+9`, `+5:30`, `-3` or `+0`. */
  readonly offset: string;
}

/** @param regions ISO 3166 codes of the countries that can be searched for */
export function findableZones(language: Language, regions: readonly string[], at: Date): FindableZone[] {
  const countryOf = countriesOfZones(regions);
  const countryNames = [language, 'en'].map((code) => new Intl.DisplayNames(code, { type: 'region' }));
  return zoneIds().map((id) => {
    const country = countryOf.get(id);
    const texts = [
      id,
      cityOf(id),
      ...Object.values(cities[id] ?? {}),
      ...speakers.map((speaker) => nameOf(id, speaker, 'short', at)),
      ...[language, 'en'].map((code) => nameOf(id, code, 'longGeneric', at)),
      ...(country ? countryNames.map((names) => names.of(country) ?? '') : []),
    ];
    return {
      id,
      searchTexts: [...new Set(texts.map((text) => text.toLowerCase()))],
      offset: offsetOf(id, at).replace(/^GMT/, '') || '+0',
    };
  });
}

const OFFSET = /^(?:utc|gmt)?([+−-])0?(\d{1,2})(?::?(\d{2}))?$/;

/** Whether `search` matches the zone. */
export function matchesZone(zone: FindableZone, search: string): boolean {
  const typed = search.trim().toLowerCase();
  const offset = OFFSET.exec(typed.replaceAll(' ', ''));
  if (!offset) return zone.searchTexts.some((text) => text.includes(typed));
  const [, sign = '', hours = '', minutes = ''] = offset;
  const hour = `${sign === '+' ? '+' : '-'}${hours}`;
  if (minutes === '' || minutes === '00') return zone.offset === hour;
  return zone.offset === `${hour}:${minutes}`;
}
