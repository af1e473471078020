/** The text of a cell that holds a number: its exact digits, not what a format makes of them. */
import { visitWhole } from './xml.ts';

/** How a cell's format changes what its number means. */
export interface NumberStyle {
  /** Days, hours or both: the number counts days. */
  readonly moment?: 'date' | 'time' | 'both';
  /** Digits at least: a format such as `000-0000-0000` keeps the zeros in front that the number has lost. */
  readonly digits?: number;
}

/** What a spreadsheet keeps of a number: digits behind these are lost, and zeros in their place would be made up. */
const KNOWN_DIGITS = 15;
/** No number is written longer. */
const LONGEST = 100;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:E([+-]?\d{1,3}))?$/i;

/** Days from the beginning of each calendar to 1970. The older one takes 1900 for a leap year, before March 1900. */
const EPOCH_1900 = 25_569;
const EPOCH_1904 = 24_107;
const LEAP_DAY_1900 = 60;
/** The last day of the year 9999. */
const LAST_DAY = 2_958_466;
const DAY_SECONDS = 86_400;

/**
 * @param raw as the sheet holds it, e.g. `819012345678`, `8.19012345678E11` or `45992.5`
 * @param from1904 whether days are counted as old Macintoshes did
 */
export function numberText(raw: string, style: NumberStyle | undefined, from1904: boolean): string {
  const text = raw.trim();
  if (text.length > LONGEST) return text;
  const moment = style?.moment && momentText(Number(text), style.moment, from1904);
  if (moment !== undefined) return moment;
  const digits = decimalText(text);
  return style?.digits !== undefined && /^\d+$/.test(digits) ? digits.padStart(style.digits, '0') : digits;
}

/** In decimal notation; with an exponent only where digits would have to be made up. */
function decimalText(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  const digits = whole + fraction;
  // What has neither fraction nor exponent stands as it is.
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

/** `2026-01-31`, `2026-01-31 18:30:00` or `18:30:00`; undefined for a number that is no moment. */
function momentText(days: number, kind: 'date' | 'time' | 'both', from1904: boolean): string | undefined {
  if (!(days >= 0 && days < LAST_DAY)) return undefined;
  const early = !from1904 && days < LEAP_DAY_1900 ? 1 : 0;
  const epoch = from1904 ? EPOCH_1904 : EPOCH_1900;
  const seconds = Math.round((days + early - epoch) * DAY_SECONDS);
  const [date, time] = new Date(seconds * 1000).toISOString().slice(0, 19).split('T');
  if (kind === 'time' && days < 1) return time;
  return kind === 'date' && Number.isInteger(days) ? date : `${date} ${time}`;
}

/** Formats that every spreadsheet knows, by their number (ECMA-376, 18.8.30); those of East Asia included. */
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

/** More than Excel has. */
const MOST_STYLES = 100_000;

/** The styles of a workbook that tell dates and leading zeros, by the index that a cell names. */
export type Styles = readonly (NumberStyle | undefined)[];

export async function readStyles(part: AsyncIterable<Uint8Array>): Promise<Styles> {
  const formats = new Map<number, NumberStyle | undefined>();
  const styles: (NumberStyle | undefined)[] = [];
  let isCells = false;
  await visitWhole(part, {
    open(name, attributes) {
      if (name === 'cellXfs') isCells = true;
      if (name === 'numFmt') formats.set(Number(attributes.numFmtId), styleOf(attributes.formatCode ?? ''));
      if (name !== 'xf' || !isCells || styles.length >= MOST_STYLES) return;
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
  // Elapsed time counts beyond a day: it is a number of its own kind.
  if (/\[(h+|m+|s+)\]/i.test(code)) return undefined;
  // Without what stands for itself: quoted texts, escaped characters, fillers, colours and countries.
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
