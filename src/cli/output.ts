/** Output: results on stdout, everything else on stderr. */
import { stripVTControlCharacters, styleText } from 'node:util';
import Table from 'cli-table3';
import { asPlainLine } from '../domain/text/plain-text.ts';

export const print = (text: string): void => void process.stdout.write(`${text}\n`);
export const printNotice = (text: string): void => void process.stderr.write(`${text}\n`);
export const printJson = (document: unknown): void => print(JSON.stringify(document, null, 2));

type Style = Parameters<typeof styleText>[0];

/** Colours text for stdout. `styleText` leaves the colours out without a terminal or with NO_COLOR. */
export const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });
const paintError = (style: Style, text: string): string => styleText(style, text, { stream: process.stderr });

export const printWarning = (message: string): void =>
  printNotice(`${paintError('yellow', 'Warning:')} ${safe(message)}`);
export const printError = (message: string): void => printNotice(`${paintError('red', 'Error:')} ${safe(message)}`);

/** Untrusted text (names, messages of LINE) as one line that cannot control the terminal. */
export const safe = (text: string): string => asPlainLine(stripVTControlCharacters(text));

/** The same for text with several lines. */
export const safeLines = (text: string): string => text.split(/\r?\n/).map(safe).join('\n');

export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

const lightBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns without a frame, aligned, ready for grep and cut. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    head: columns.map(({ title }) => paint('dim', title)),
    colAligns: columns.map(({ right }) => (right ? 'right' : 'left')),
    chars: lightBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  drawn.push(...rows.map((row) => row.map(cellText)));
  // regex-bounded: cells of a table are short
  return drawn.toString().replaceAll(/ +$/gm, '');
}

/** Keeps the indentation of a line that belongs to the one above. */
const cellText = (text: string): string => ' '.repeat(text.length - text.trimStart().length) + safe(text);

/** A whole number with commas. Not `toLocaleString`, because its first call takes 10 ms. */
// regex-bounded: a number has at most 25 characters
export const number = (n: number): string => String(n).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');

export function bytes(n: number): string {
  if (n < 1_000) return `${n} B`;
  return n < 1_000_000 ? `${(n / 1_000).toFixed(1)} kB` : `${(n / 1_000_000).toFixed(1)} MB`;
}

export function duration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.floor((ms % 60_000) / 1_000);
  return minutes < 60 ? `${minutes} min ${seconds} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A moment of the service, to the minute. Null: never. */
export const moment = (iso: string | null): string => (iso === null ? '–' : `${iso.slice(0, 16).replace('T', ' ')}Z`);

/** A moment in a column that names UTC, to the second. */
export const second = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

/** A share of change with its sign. Rounded towards zero: a loss of nearly all members must not show as 100 %. */
export const signedPercent = (change: number): string =>
  `${change < 0 ? '−' : '+'}${number(Math.trunc(Math.abs(change) * 10_000) / 100)} %`;

/** Whether a check has passed; null: not known. */
export const checkMark = (ok: boolean | null): string =>
  ok === null ? paint('dim', '?') : ok ? paint('green', '✓') : paint('red', '✗');

export function reportDeletion(id: string, name: string, json: boolean | undefined): void {
  if (json) printJson({ deleted: id });
  else print(`${paint('green', 'Deleted')} "${safe(name)}"`);
}
