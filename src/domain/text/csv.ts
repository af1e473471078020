/** Tables that people download and open in a spreadsheet. */

export type CsvRow = readonly (string | number | null)[];

/** The rows as CSV (RFC 4180). The byte order mark lets Excel recognise UTF-8. */
export const csvOf = (rows: readonly CsvRow[]): string =>
  `\ufeff${rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')}`;

/**
 * What a spreadsheet may run: a formula also after blanks and in full width, and commands of other programs after `|`.
 */
const FORMULA = /^\s*[=+\-@\t\r\n|＝＋－＠]/;

/** What a reader of CSV may take for the end of a cell, or remove. A semicolon ends it where a comma is decimal. */
const UNCLEAR = /[",;'\t\r\n]|^\s|\s$/;

/** People choose names: an apostrophe keeps a spreadsheet from reading one as a formula. */
function cell(value: string | number | null): string {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text;
  return UNCLEAR.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
