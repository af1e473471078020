/** How a delimited text is written: its delimiter, its line ends, its header. */

const DELIMITERS = [',', ';', '\t', '|'];
/** Records looked at to tell the delimiter. */
const SAMPLE = 20;

export interface TextRecord {
  readonly fields: readonly string[];
  readonly begin: number;
  /** Where the next record begins. */
  readonly end: number;
}

/**
 * The records of a text's beginning as RFC 4180 has them; lenient, for looking at it only. The text is a byte a character
 * (latin1), so that positions are those of bytes. The last record is left out when the text goes on behind it.
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

/** CR ends lines only in texts without any LF (the "Macintosh" CSV of Excel). */
export function lineEndOf(text: string): '\n' | '\r' {
  return text.includes('\n') || !text.includes('\r') ? '\n' : '\r';
}

/**
 * The line `sep=;` with which Excel is told the delimiter, where a text begins with it: it is neither header nor row.
 * A letter or digit is no delimiter: `sep=x` is a header like any other.
 */
export function separatorLine(
  text: string,
): { readonly delimiter: string; readonly end: number } | undefined {
  const [line, delimiter] = /^"?sep=([\t!#-/:-@[-^`{-~])"?(?:\r?\n|\r)/i.exec(text) ?? [];
  return line === undefined || delimiter === undefined ? undefined : { delimiter, end: line.length };
}

/** The delimiter that gives the first records the same number of fields, the larger the better; none for one column. */
export function sniffDelimiter(text: string): string | undefined {
  const told = separatorLine(text);
  if (told) return told.delimiter;
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
    // The sample may cut its last record short, and one ragged row should not hide the delimiter.
    const alike = counts.filter((count) => count === header).length;
    if (header > most && alike >= Math.max(1, counts.length * 0.7)) {
      best = delimiter;
      most = header;
    }
  }
  return best;
}
