/** The dialect of a delimited text: its delimiter, its line ends and its records. */

const DELIMITERS = [',', ';', '\t', '|'];
/** How many records are used to find the delimiter. */
const SAMPLE = 20;

export interface TextRecord {
  readonly fields: readonly string[];
  readonly begin: number;
  /** Where the next record begins. */
  readonly end: number;
}

/**
 * The records at the beginning of a text, as in RFC 4180, but without errors. The text has one character per
 * byte (latin1), so positions are byte positions. Leaves out the last record when the text continues.
 */
export function* readRecords(
  text: string,
  delimiter: string,
  lineEnd: string,
  complete: boolean,
): Generator<TextRecord, void> {
  let at = 0;
  while (at < text.length) {
    const begin = at;
    const fields: string[] = [];
    let ended = false;
    while (!ended) {
      let field = '';
      if (text[at] === '"') {
        const close = closingQuote(text, at + 1);
        if (close === -1) return;
        field = text.slice(at + 1, close).replaceAll('""', '"');
        at = close + 1;
      }
      let stop = at;
      while (stop < text.length && text[stop] !== delimiter && text[stop] !== lineEnd) stop++;
      if (stop === text.length && !complete) return;
      ended = text[stop] !== delimiter;
      const rest = text.slice(at, stop);
      fields.push(field + (ended && lineEnd === '\n' ? rest.replace(/\r$/, '') : rest));
      at = stop + 1;
    }
    yield { fields, begin, end: Math.min(at, text.length) };
  }
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

/** CR ends lines only in a text without any LF (the "Macintosh" CSV of Excel). */
export function lineEndOf(text: string): '\n' | '\r' {
  return text.includes('\n') || !text.includes('\r') ? '\n' : '\r';
}

/**
 * The line `sep=;`, which declares the delimiter to Excel, at the beginning of a text. It is neither header
 * nor row. A letter or digit cannot be a delimiter: `sep=x` is a normal header.
 */
export function separatorLine(text: string): { readonly delimiter: string; readonly end: number } | undefined {
  const [line, delimiter] = /^"?sep=([\t!#-/:-@[-^`{-~])"?(?:\r?\n|\r)/i.exec(text) ?? [];
  return line === undefined || delimiter === undefined ? undefined : { delimiter, end: line.length };
}

/**
 * The delimiter with which the first records have the same number of fields; more fields win. Undefined for
 * one column.
 */
export function sniffDelimiter(text: string): string | undefined {
  const declared = separatorLine(text);
  if (declared) return declared.delimiter;
  const sample = text.slice(0, 1 << 16);
  const lineEnd = lineEndOf(sample);
  let best: string | undefined;
  let most = 1;
  for (const delimiter of DELIMITERS) {
    const counts: number[] = [];
    for (const { fields } of readRecords(sample, delimiter, lineEnd, true)) {
      if (fields.length > 1 || fields[0] !== '') counts.push(fields.length);
      if (counts.length === SAMPLE) break;
    }
    const header = counts[0] ?? 1;
    // Not all records must agree, because the sample may cut off the last one, and a single ragged row should
    // not decide.
    const alike = counts.filter((count) => count === header).length;
    if (header > most && alike >= Math.max(1, counts.length * 0.7)) {
      best = delimiter;
      most = header;
    }
  }
  return best;
}
