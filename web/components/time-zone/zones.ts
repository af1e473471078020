/** Time zones as people name and look for them: by city (東京), abbreviation (WIB), offset (+9), country or IANA name. */
import type { Language } from '../../i18n/messages.ts';
import { cities } from './cities.ts';

/** Whose abbreviations are known: each language of the browser has only those that are used where it is spoken. */
const speakers: readonly string[] = ['ja', 'id', 'en', 'en-GB', 'en-AU'];

/** Every zone that the browser knows, by IANA name. */
export const zoneIds = (): string[] => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

const cityOf = (id: string): string => (id.split('/').at(-1) ?? id).replaceAll('_', ' ');

type NameStyle = 'short' | 'shortOffset' | 'longGeneric';

const nameOf = (id: string, language: string, style: NameStyle, at: Date): string =>
  new Intl.DateTimeFormat(language, { timeZone: id, timeZoneName: style })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value ?? '';

/** `GMT+9`. It is that of `at`: summer time moves it. */
const offsetOf = (id: string, at: Date): string => nameOf(id, 'en', 'shortOffset', at);

/** "東京 (Asia/Tokyo, GMT+9)" */
export function zoneLabel(id: string, language: Language, at: Date): string {
  const city = (language === 'en' ? undefined : cities[id]?.[language]) ?? cityOf(id);
  return city === id ? `${id} (${offsetOf(id, at)})` : `${city} (${id}, ${offsetOf(id, at)})`;
}

/** Newer than the types that we compile against. */
type LocaleWithZones = Intl.Locale & { getTimeZones?: () => string[] | undefined };

/** Which country's a zone is; empty where the browser does not tell. */
function countriesOfZones(regions: readonly string[]): Map<string, string> {
  return new Map(
    regions.flatMap((region) => {
      const locale = new Intl.Locale(`und-${region}`) as LocaleWithZones;
      return (locale.getTimeZones?.() ?? []).map((id) => [id, region] as const);
    }),
  );
}

export interface FindableZone {
  readonly id: string;
  /** In lower case. */
  readonly words: readonly string[];
  /** `+9`, `+5:30`, `-3`, `+0`. */
  readonly offset: string;
}

/** @param regions the countries whose names are looked for, by ISO 3166 code */
export function findableZones(language: Language, regions: readonly string[], at: Date): FindableZone[] {
  const countryOf = countriesOfZones(regions);
  const countryNames = [language, 'en'].map((one) => new Intl.DisplayNames(one, { type: 'region' }));
  return zoneIds().map((id) => {
    const country = countryOf.get(id);
    const words = [
      id,
      cityOf(id),
      ...Object.values(cities[id] ?? {}),
      ...speakers.map((one) => nameOf(id, one, 'short', at)),
      ...[language, 'en'].map((one) => nameOf(id, one, 'longGeneric', at)),
      ...(country ? countryNames.map((names) => names.of(country) ?? '') : []),
    ];
    return {
      id,
      words: [...new Set(words.map((word) => word.toLowerCase()))],
      offset: offsetOf(id, at).replace(/^GMT/, '') || '+0',
    };
  });
}

const OFFSET = /^(?:utc|gmt)?([+−-])0?(\d{1,2})(?::?(\d{2}))?$/;

/** Whether a person who types `search` may mean the zone. */
export function meansZone(zone: FindableZone, search: string): boolean {
  const typed = search.trim().toLowerCase();
  const offset = OFFSET.exec(typed.replaceAll(' ', ''));
  if (!offset) return zone.words.some((word) => word.includes(typed));
  const [, sign = '', hours = '', minutes = ''] = offset;
  const hour = `${sign === '+' ? '+' : '-'}${hours}`;
  if (minutes === '' || minutes === '00') return zone.offset === hour;
  return zone.offset === `${hour}:${minutes}`;
}
