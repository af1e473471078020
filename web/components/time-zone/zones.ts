/** Time zones, with the names by which people search: city (東京), abbreviation (WIB), offset (+9), country or IANA name. */
import type { Language } from '../../i18n/messages.ts';

/** The locales whose abbreviations are used. In each locale the browser has only the abbreviations that are common there. */
const speakers: readonly string[] = ['ja', 'id', 'en', 'en-GB', 'en-AU'];

/** Every time zone of the browser, by IANA name. */
export const zoneIds = (): string[] => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

const cityOf = (id: string): string => (id.split('/').at(-1) ?? id).replaceAll('_', ' ');

type NameStyle = 'short' | 'shortOffset' | 'longGeneric';

const nameOf = (id: string, language: string, style: NameStyle, at: Date): string =>
  new Intl.DateTimeFormat(language, { timeZone: id, timeZoneName: style })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value ?? '';

/** The offset at the moment `at` (summer time changes it), for example `GMT+9`. */
const offsetOf = (id: string, at: Date): string => nameOf(id, 'en', 'shortOffset', at);

/** For example "東京 (Asia/Tokyo, GMT+9)". */
export function zoneLabel(id: string, language: Language, at: Date): string {
  const city = (language === 'en' ? undefined : cities[id]?.[language]) ?? cityOf(id);
  return city === id ? `${id} (${offsetOf(id, at)})` : `${city} (${id}, ${offsetOf(id, at)})`;
}

/** The types of TypeScript do not have it yet. */
type LocaleWithZones = Intl.Locale & { getTimeZones?: () => string[] | undefined };

/** The country of a zone; empty where the browser does not know it. */
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
  /** The text that a search is compared with, in lower case. */
  readonly searchTexts: readonly string[];
  /** For example `+9`, `+5:30`, `-3` or `+0`. */
  readonly offset: string;
}

/** @param regions ISO 3166 codes of the countries that can be searched for */
export function findableZones(language: Language, regions: readonly string[], at: Date): FindableZone[] {
  const countryOf = countriesOfZones(regions);
  const countryNames = [language, 'en'].map((one) => new Intl.DisplayNames(one, { type: 'region' }));
  return zoneIds().map((id) => {
    const country = countryOf.get(id);
    const texts = [
      id,
      cityOf(id),
      ...Object.values(cities[id] ?? {}),
      ...speakers.map((one) => nameOf(id, one, 'short', at)),
      ...[language, 'en'].map((one) => nameOf(id, one, 'longGeneric', at)),
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

type Names = Readonly<Record<Exclude<Language, 'en'>, string>>;

const names = (ja: string, zhTW: string, th: string, id: string): Names => ({ ja, 'zh-TW': zhTW, th, id });

/**
 * The names of cities in our languages, for time zones that are used much. The browser knows the offset, abbreviation and country of
 * every zone, but not the names of its cities.
 */
const cities: Readonly<Record<string, Names>> = {
  'Asia/Tokyo': names('東京', '東京', 'โตเกียว', 'Tokyo'),
  'Asia/Taipei': names('台北', '台北', 'ไทเป', 'Taipei'),
  'Asia/Bangkok': names('バンコク', '曼谷', 'กรุงเทพ', 'Bangkok'),
  'Asia/Jakarta': names('ジャカルタ', '雅加達', 'จาการ์ตา', 'Jakarta'),
  'Asia/Pontianak': names('ポンティアナック', '坤甸', 'พอนเทียนัก', 'Pontianak'),
  'Asia/Makassar': names('マカッサル', '望加錫', 'มากัสซาร์', 'Makassar'),
  'Asia/Jayapura': names('ジャヤプラ', '查亞普拉', 'จายาปุระ', 'Jayapura'),
  'Asia/Seoul': names('ソウル', '首爾', 'โซล', 'Seoul'),
  'Asia/Shanghai': names('上海', '上海', 'เซี่ยงไฮ้', 'Shanghai'),
  'Asia/Hong_Kong': names('香港', '香港', 'ฮ่องกง', 'Hong Kong'),
  'Asia/Macau': names('マカオ', '澳門', 'มาเก๊า', 'Makau'),
  'Asia/Singapore': names('シンガポール', '新加坡', 'สิงคโปร์', 'Singapura'),
  'Asia/Kuala_Lumpur': names('クアラルンプール', '吉隆坡', 'กัวลาลัมเปอร์', 'Kuala Lumpur'),
  'Asia/Manila': names('マニラ', '馬尼拉', 'มะนิลา', 'Manila'),
  'Asia/Ho_Chi_Minh': names('ホーチミン', '胡志明市', 'โฮจิมินห์', 'Ho Chi Minh'),
  'Asia/Saigon': names('ホーチミン', '胡志明市', 'โฮจิมินห์', 'Ho Chi Minh'),
  'Asia/Phnom_Penh': names('プノンペン', '金邊', 'พนมเปญ', 'Phnom Penh'),
  'Asia/Vientiane': names('ビエンチャン', '永珍', 'เวียงจันทน์', 'Vientiane'),
  'Asia/Yangon': names('ヤンゴン', '仰光', 'ย่างกุ้ง', 'Yangon'),
  'Asia/Rangoon': names('ヤンゴン', '仰光', 'ย่างกุ้ง', 'Yangon'),
  'Asia/Kolkata': names('コルカタ', '加爾各答', 'โกลกาตา', 'Kolkata'),
  'Asia/Calcutta': names('コルカタ', '加爾各答', 'โกลกาตา', 'Kolkata'),
  'Asia/Dubai': names('ドバイ', '杜拜', 'ดูไบ', 'Dubai'),
  'Australia/Sydney': names('シドニー', '雪梨', 'ซิดนีย์', 'Sydney'),
  'Pacific/Auckland': names('オークランド', '奧克蘭', 'โอ๊คแลนด์', 'Auckland'),
  'Europe/London': names('ロンドン', '倫敦', 'ลอนดอน', 'London'),
  'Europe/Paris': names('パリ', '巴黎', 'ปารีส', 'Paris'),
  'Europe/Berlin': names('ベルリン', '柏林', 'เบอร์ลิน', 'Berlin'),
  'America/New_York': names('ニューヨーク', '紐約', 'นิวยอร์ก', 'New York'),
  'America/Chicago': names('シカゴ', '芝加哥', 'ชิคาโก', 'Chicago'),
  'America/Los_Angeles': names('ロサンゼルス', '洛杉磯', 'ลอสแอนเจลิส', 'Los Angeles'),
  'America/Sao_Paulo': names('サンパウロ', '聖保羅', 'เซาเปาลู', 'Sao Paulo'),
};
