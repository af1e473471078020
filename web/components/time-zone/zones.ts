/** Time zones and their names. */
import type { Language } from '../../i18n/messages.ts';

/** Every time zone of the browser, by IANA name. */
export const zoneIds = (): string[] => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

export const cityOf = (id: string): string => (id.split('/').at(-1) ?? id).replaceAll('_', ' ');

type NameStyle = 'short' | 'shortOffset' | 'longGeneric';

export const nameOf = (id: string, language: string, style: NameStyle, at: Date): string =>
  new Intl.DateTimeFormat(language, { timeZone: id, timeZoneName: style })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value ?? '';

/** The offset at the moment `at` (summer time changes it), for example `GMT+9`. */
export const offsetOf = (id: string, at: Date): string => nameOf(id, 'en', 'shortOffset', at);

/** For example "東京 (Asia/Tokyo, GMT+9)". */
export function zoneLabel(id: string, language: Language, at: Date): string {
  const city = (language === 'en' ? undefined : cities[id]?.[language]) ?? cityOf(id);
  return city === id ? `${id} (${offsetOf(id, at)})` : `${city} (${id}, ${offsetOf(id, at)})`;
}

type Names = Readonly<Record<Exclude<Language, 'en'>, string>>;

const names = (ja: string, zhTW: string, th: string, id: string): Names => ({ ja, 'zh-TW': zhTW, th, id });

/**
 * The names of cities in our languages, for time zones that are used much. The browser knows the offset, abbreviation
 * and country of every zone, but not the names of its cities.
 */
export const cities: Readonly<Record<string, Names>> = {
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
