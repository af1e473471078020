/** Of a workbook's styles, what tells dates and leading zeros: by the index that a cell names. */
import type { NumberStyle } from './number-text.ts';
import { visitWhole } from './xml.ts';

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
export function styleOf(code: string): NumberStyle | undefined {
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
