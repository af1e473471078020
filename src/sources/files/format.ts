/** The format of a file. A person's choice goes first, then the name of the file, then its beginning. */
import { isUtf8 } from 'node:buffer';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { looksLikeIdentifier } from '../mask.ts';
import { sniffDelimiter } from './dialect.ts';
import { notText, OLD_EXCEL, OLD_OFFICE, OTHER_ARCHIVE, WITH_PASSWORD } from './workbook/faults.ts';

const FORMATS = ['csv', 'tsv', 'xlsx', 'ndjson', 'parquet', 'lines'] as const;

export type FileFormat = (typeof FORMATS)[number];
export type TextFormat = Exclude<FileFormat, 'parquet'>;

const BY_EXTENSION: Record<string, FileFormat> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  parquet: 'parquet',
  parq: 'parquet',
};

/** Files that people choose by mistake, by their first bytes. */
const BINARY: readonly (readonly [string, Sentence])[] = [
  ['PK\x05\x06', OTHER_ARCHIVE],
  ['%PDF', sentence`a PDF document`],
  ['BZh', sentence`bzip2 data; decompress it first`],
  ['\x04"M\x18', sentence`LZ4 data; decompress it first, or compress it as gzip or Zstandard`],
  ['\x02!L\x18', sentence`LZ4 data; decompress it first, or compress it as gzip or Zstandard`],
  ['7z\xbc\xaf\x27\x1c', sentence`a 7-Zip archive; unpack it`],
  ['Rar!\x1a\x07', sentence`a RAR archive; unpack it`],
  ['\xfd7zXZ', sentence`xz data; decompress it first`],
  ['SQLite format 3', sentence`an SQLite database`],
  ['Obj\x01', sentence`an Avro file; convert it to Parquet or NDJSON`],
  ['ORC', sentence`an ORC file; convert it to Parquet or NDJSON`],
];

/** @throws {LineupError} `invalid_argument` */
export function parseFormat(format: string): FileFormat {
  const known = FORMATS.find((candidate) => candidate === format);
  if (known) return known;
  throw new LineupError('invalid_argument', sentence`Format "${format}" is unknown. Use one of ${FORMATS.join(', ')}.`);
}

/** By the extension of the name. An extension for compression is ignored. */
export function formatByName(name: string): FileFormat | undefined {
  const extension = /\.([a-z0-9]+)(?:\.(?:gz|gzip|zst|zstd))?$/i.exec(name)?.[1];
  return extension === undefined ? undefined : BY_EXTENSION[extension.toLowerCase()];
}

/** Whether it is a ZIP archive, as an Excel workbook is. */
export function isZip(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 4)).toString('latin1') === 'PK\x03\x04';
}

export function isParquet(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 4)).toString('latin1') === 'PAR1';
}

/**
 * The format of a text, by its beginning.
 * @param name for messages
 * @throws {LineupError} `source_format`
 */
export function sniffFormat(head: Uint8Array, name: string, fileName = name): TextFormat {
  const text = Buffer.from(head).toString('latin1');
  const first = /\S/.exec(text)?.[0];
  if (first === '{') return 'ndjson';
  if (first === '[' || first === '<') {
    throw new LineupError(
      'source_format',
      first === '['
        ? sentence`${name} looks like a JSON array. Write one object per line.`
        : sentence`${name} looks like XML or HTML.`,
    );
  }
  const delimiter = sniffDelimiter(text);
  if (delimiter !== undefined) return delimiter === '\t' ? 'tsv' : 'csv';
  const line = /[^\r\n]+/.exec(text)?.[0] ?? '';
  if (looksLikeIdentifier(line.replaceAll('"', ''))) return 'lines';
  if (/\.(txt|lst|list)(\.|$)/i.test(fileName)) return 'lines';
  if (/^"?[\p{L}_][^@]{0,63}$/u.test(Buffer.from(line, 'latin1').toString().trim())) return 'csv';
  throw new LineupError('source_format', sentence`The format of ${name} cannot be detected from its name or content.`);
}

/**
 * Refuses data that is not text: known binary files, and a beginning with many control characters.
 * @throws {LineupError} `source_not_text`
 */
export function assertText(head: Uint8Array, name: string): void {
  const start = Buffer.from(head.subarray(0, 16)).toString('latin1');
  const binary = BINARY.find(([magic]) => start.startsWith(magic));
  if (binary) throw notText(name, binary[1]);
  if (start.startsWith('\xd0\xcf\x11\xe0')) throw notText(name, oldOffice(head));

  const sample = head.subarray(0, 1 << 16);
  let zeros = 0;
  let controls = 0;
  for (const byte of sample) {
    if (byte === 0) zeros++;
    else if ((byte < 9 || (byte > 13 && byte < 32)) && byte !== 27) controls++;
  }
  // In UTF-16, every second byte of Latin letters is zero.
  if (zeros > sample.length / 4 && controls < sample.length / 50) {
    throw new LineupError(
      'source_not_text',
      sentence`${name} contains too many zero bytes for UTF-8 text. It may be UTF-16.`,
    );
  }
  // Exports may contain a few control characters. Only binary data contains several per cent of them.
  const tolerated = isUtf8(sample) ? sample.length / 10 : sample.length / 50;
  if (zeros + controls > Math.max(tolerated, 2)) {
    throw new LineupError('source_not_text', sentence`${name} is not a text file. It contains binary data.`);
  }
}

/** The kind of an Office file from before 2007, by the names of streams near its beginning. */
function oldOffice(head: Uint8Array): Sentence {
  const bytes = Buffer.from(head);
  const has = (stream: string) => bytes.includes(Buffer.from(stream, 'utf16le'));
  if (has('EncryptedPackage')) return WITH_PASSWORD;
  return has('Workbook') ? OLD_EXCEL : OLD_OFFICE;
}
