/** The text of a cell with a number: its exact digits, not the form in which a format shows them. */
import { visitWhole } from './xml.ts';

/** What a cell's format says about the meaning of its number. */
export interface NumberStyle {
  /** The number counts days, and the format shows the date, the time or both. */
  readonly moment?: 'date' | 'time' | 'both';
  /**
   * The least number of digits. A format such as `000-0000-0000` restores the leading zeros that the number
   * has lost.
   */
  readonly digits?: number;
}

/**
 * The precision of a number in a spreadsheet. Further digits are lost, and zeros for them would be invented.
 */
const KNOWN_DIGITS = 15;
/** No number is longer. */
const LONGEST = 100;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:E([+-]?\d{1,3}))?$/i;

/**
 * Days from the start of each calendar to 1970. The older calendar counts 1900 as a leap year, before March
 * 1900.
 */
const EPOCH_1900 = 25_569;
const EPOCH_1904 = 24_107;
const LEAP_DAY_1900 = 60;
/** The last day of the year 9999. */
const LAST_DAY = 2_958_466;
const DAY_SECONDS = 86_400;

/**
 * @param raw the number in the sheet, e.g. `819012345678`, `8.19012345678E11` or `45992.5`
 * @param from1904 whether days count from 1904, as on old Macintoshes
 */
export function numberText(raw: string, style: NumberStyle | undefined, from1904: boolean): string {
  const text = raw.trim();
  if (text.length > LONGEST) return text;
  const moment = style?.moment && momentText(Number(text), style.moment, from1904);
  if (moment !== undefined) return moment;
  const digits = decimalText(text);
  return style?.digits !== undefined && /^\d+$/.test(digits) ? digits.padStart(style.digits, '0') : digits;
}

/** In decimal notation. Keeps the exponent when digits would be invented otherwise. */
function decimalText(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  const digits = whole + fraction;
  // A number without fraction and exponent stays unchanged.
  if (digits === '' || digits.length === text.length) return text;
  const point = whole.length + Number(exponent);
  const isExponential = /e/i.test(text);
  if (isExponential && (point > KNOWN_DIGITS || point < -KNOWN_DIGITS)) return text;
  const integer =
    digits
      .slice(0, Math.max(0, point))
      .padEnd(point, '0')
      .replace(/^0+(?=\d)/, '') || '0';
  const rest = withoutLastZeros(`${'0'.repeat(Math.max(0, -point))}${digits.slice(Math.max(0, point))}`);
  return `${sign === '-' ? '-' : ''}${integer}${rest === '' ? '' : `.${rest}`}`;
}

function withoutLastZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}

/** `2026-01-31`, `2026-01-31 18:30:00` or `18:30:00`. Undefined for a number that is not a date. */
function momentText(days: number, kind: 'date' | 'time' | 'both', from1904: boolean): string | undefined {
  if (!(days >= 0 && days < LAST_DAY)) return undefined;
  const early = !from1904 && days < LEAP_DAY_1900 ? 1 : 0;
  const epoch = from1904 ? EPOCH_1904 : EPOCH_1900;
  const seconds = Math.round((days + early - epoch) * DAY_SECONDS);
  const [date, time] = new Date(seconds * 1000).toISOString().slice(0, 19).split('T');
  if (kind === 'time' && days < 1) return time;
  return kind === 'date' && Number.isInteger(days) ? date : `${date} ${time}`;
}

/** The built-in formats by their number (ECMA-376, 18.8.30), including those of East Asia. */
const BUILT_IN: readonly (readonly [from: number, to: number, moment: NumberStyle['moment']])[] = [
  [14, 17, 'date'],
  [18, 21, 'time'],
  [22, 22, 'both'],
  [27, 31, 'date'],
  [32, 35, 'time'],
  [36, 36, 'date'],
  [45, 47, 'time'],
  [50, 58, 'date'],
];

/** More than Excel allows. */
const MAX_STYLES = 100_000;

/** The styles for dates and leading zeros, by the index in a cell. */
export type Styles = readonly (NumberStyle | undefined)[];

export async function readStyles(part: AsyncIterable<Uint8Array>): Promise<Styles> {
  const formats = new Map<number, NumberStyle | undefined>();
  const styles: (NumberStyle | undefined)[] = [];
  let isCells = false;
  await visitWhole(part, {
    open(name, attributes) {
      if (name === 'cellXfs') isCells = true;
      if (name === 'numFmt') formats.set(Number(attributes.numFmtId), styleOf(attributes.formatCode ?? ''));
      if (name !== 'xf' || !isCells || styles.length >= MAX_STYLES) return;
      const format = Number(attributes.numFmtId ?? 0);
      styles.push(formats.has(format) ? formats.get(format) : builtIn(format));
    },
    close(name) {
      if (name === 'cellXfs') isCells = false;
    },
  });
  return styles;
}

function builtIn(format: number): NumberStyle | undefined {
  const moment = BUILT_IN.find(([from, to]) => format >= from && format <= to)?.[2];
  return moment && { moment };
}

/** @param code e.g. `yyyy"年"m"月"d"日";@` or `000-0000-0000` */
function styleOf(code: string): NumberStyle | undefined {
  // Elapsed time may be longer than a day, so it stays a number.
  if (/\[(h+|m+|s+)\]/i.test(code)) return undefined;
  // Removes literal parts: quoted texts, escaped characters, fillers, colours and countries.
  // regex-bounded: the code was cut
  const bare = code.slice(0, 255).replace(/"[^"]*"|\\.|[_*].|\[[^\]]*\]/g, '-');
  const [section = ''] = bare.split(';');
  if (/^[0\s()-]+$/.test(section)) return { digits: section.replace(/[^0]/g, '').length };
  const letters = section.replace(/general|am\/pm|a\/p/gi, '').toLowerCase();
  if (/[0#?]/.test(letters) && !/[ydhs]/.test(letters)) return undefined;
  const isTime = /[hs]/.test(letters);
  const isDate = /[yd]/.test(letters) || (/m/.test(letters) && !isTime);
  if (isDate) return { moment: isTime ? 'both' : 'date' };
  return isTime ? { moment: 'time' } : undefined;
}
