import type { Readable } from 'node:stream';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { ReadingOptions, Source } from '../source.ts';
import { resolveEncoding } from './encoding.ts';
import {
  assertText,
  type FileFormat,
  formatByName,
  isParquet,
  parseFormat,
  sniffFormat,
  type TextFormat,
} from './format.ts';
import { locate, sheetOf } from './locate.ts';
import { isReadOnce, type Location, type UrlAccess } from './location.ts';
import type { ParquetFile } from './parquet-file.ts';
import { openText, type TextOptions, type TextStream } from './text.ts';
import { TextFile } from './text-file.ts';
import { TextSource } from './text-source.ts';

export interface OpenFilesOptions extends ReadingOptions {
  /**
   * A path, a glob, an `https://` URL, or `-` for standard input. `#` and a name behind it choose a sheet of a
   * workbook.
   */
  readonly source: string;
  /** The locations, if the caller has found them. Then `source` is only their name. */
  readonly locations?: readonly Location[];
  /** The sheet of a workbook, together with `locations`. @default the first visible one */
  readonly sheet?: string;
  /** Decides which URLs may be read. @default all that this machine can reach */
  readonly access?: UrlAccess;
  /** @default the standard input of this process */
  readonly stdin?: Readable;
  readonly signal?: AbortSignal;
}

/**
 * Opens a file, or the files of a glob sorted by name, as one source.
 * @throws {LineupError} `invalid_argument`, `source_not_found`, `source_unreadable`, `source_empty`,
 *   `source_not_text`, `source_encoding`, `source_format`, `source_unsupported`, `source_failed` (network)
 */
export async function openFiles(options: OpenFilesOptions): Promise<Source> {
  const format = options.format === undefined ? undefined : parseFormat(options.format);
  const encoding = options.encoding === undefined ? undefined : resolveEncoding(options.encoding);
  const { file, sheet } = options.locations
    ? { file: options.source, sheet: options.sheet }
    : await sheetOf(options.source);
  const { delimiter, header, mostUnpacked: most } = options;
  const allowance = most === undefined ? undefined : { most, left: most };
  const text: TextOptions = {
    encoding,
    sheet,
    delimiter,
    header,
    stdin: options.stdin ?? process.stdin,
    allowance,
  };
  const locations = options.locations ?? (await locate(file, options.access, options.signal));
  const [first, ...others] = locations;
  const label = first && others.length === 0 ? first.name : options.source;

  const texts: TextFile[] = [];
  const parquet: ParquetFile[] = [];
  try {
    for (const location of locations) {
      const opened = await openOne(location, format, text, options.signal);
      if (opened?.kind === 'text') texts.push(opened.file);
      if (opened?.kind === 'parquet') parquet.push(opened.file);
    }
    if (texts.length > 0 && parquet.length > 0) throw differentFormats(label, parquet[0]!, texts[0]!);
    if (parquet.length > 0) {
      // DuckDB is large, so it is loaded only when it is needed.
      const { openParquet } = await import('./parquet-source.ts');
      return await openParquet(label, parquet, options.signal);
    }
    const [firstText] = texts;
    if (!firstText) throw empty(label);
    const other = texts.find((file) => kindOf(file.format) !== kindOf(firstText.format));
    if (other) throw differentFormats(label, firstText, other);
    return new TextSource(label, texts);
  } catch (error) {
    for (const file of texts) await file.close();
    if (options.signal?.aborted) throw new LineupError('interrupted', sentence`Opening the source was stopped.`);
    throw error;
  }
}

type Opened =
  | { readonly kind: 'text'; readonly file: TextFile }
  | { readonly kind: 'parquet'; readonly file: ParquetFile };

/**
 * The format of a file, by its name or else by its beginning.
 * @param fileName the name with the extension, when messages use another name for the location
 * @throws {LineupError} `source_*`
 */
export async function formatOf(location: Location, fileName: string, signal: AbortSignal): Promise<FileFormat> {
  const stream = await openText(location, { encoding: undefined, stdin: process.stdin }, signal);
  try {
    const named = formatByName(fileName);
    if (isEmpty(stream, named)) throw empty(location.name);
    if (stream.workbook) return 'xlsx';
    if (isParquet(stream.head)) return 'parquet';
    assertText(stream.head, location.name);
    return named ?? sniffFormat(stream.head, location.name, fileName);
  } finally {
    await stream.close();
  }
}

const empty = (label: string): LineupError => new LineupError('source_empty', sentence`${label} is empty.`);

/**
 * No bytes, or only line breaks. In plain lines, though, each line break is a missing value, and NDJSON needs
 * no header.
 */
function isEmpty({ head, complete }: TextStream, format: FileFormat | undefined): boolean {
  if (head.length === 0) return true;
  const table = format === undefined || format === 'csv' || format === 'tsv';
  return table && complete && !/\S/.test(Buffer.from(head).toString('latin1'));
}

/** Undefined for an empty file, which adds nothing to other files. */
async function openOne(
  location: Location,
  wanted: FileFormat | undefined,
  options: TextOptions,
  signal: AbortSignal | undefined,
): Promise<Opened | undefined> {
  const named = wanted ?? formatByName(location.kind === 'url' ? location.url.pathname : location.name);
  const stream = await openText(location, options, signal);
  let keep = false;
  try {
    if (isEmpty(stream, named)) return undefined;
    if (stream.workbook || wanted === 'xlsx') {
      assertWorkbook(stream, wanted);
      const file = new TextFile(stream, 'xlsx', options);
      keep = isReadOnce(location);
      return { kind: 'text', file };
    }
    if (named === 'parquet' || (named === undefined && isParquet(stream.head))) {
      return { kind: 'parquet', file: parquetOf(location, stream) };
    }
    assertText(stream.head, location.name);
    const file = new TextFile(stream, textFormatOf(stream, named, options), options);
    keep = isReadOnce(location);
    return { kind: 'text', file };
  } finally {
    if (!keep) await stream.close();
  }
}

/** A table, when a person chooses an option that only tables have. */
function textFormatOf(
  { head, location }: TextStream,
  named: TextFormat | undefined,
  { delimiter, header }: TextOptions,
): TextFormat {
  const isTable = delimiter !== undefined || header === 'yes';
  const isOpen = named === undefined || named === 'lines';
  if (isTable && isOpen && !/^\s*[{[<]/.test(Buffer.from(head.subarray(0, 100)).toString('latin1'))) return 'csv';
  return named ?? sniffFormat(head, location.name);
}

/** Only the content shows a workbook. A format that a person chose must agree with it. */
function assertWorkbook({ workbook, location }: TextStream, wanted: FileFormat | undefined): void {
  if (!workbook) {
    throw new LineupError('source_format', sentence`${location.name} is not an Excel workbook (.xlsx).`);
  }
  if (wanted === undefined || wanted === 'xlsx') return;
  throw new LineupError(
    'source_format',
    sentence`${location.name} is an Excel workbook, but the format is set to ${wanted}. Remove the format.`,
  );
}

function parquetOf(location: Location, stream: TextStream): ParquetFile {
  if (!isParquet(stream.head)) {
    throw new LineupError('source_unreadable', sentence`${location.name} is not a Parquet file.`);
  }
  const { name } = location;
  // Asked again for each reading, because the file may be replaced in between.
  if (location.kind === 'url') {
    return { name, at: async (signal) => (await import('./http/read.ts')).urlOrigin(location, signal) };
  }
  if (!('size' in location) || location.size === undefined) {
    throw new LineupError(
      'source_unsupported',
      sentence`Parquet cannot be read from a stream, because its index is at its end. Save it to a file first.`,
    );
  }
  return { name, at: location };
}

/** CSV, TSV and sheets have the same rows. */
function kindOf(format: TextFormat): string {
  return format === 'tsv' || format === 'xlsx' ? 'csv' : format;
}

function differentFormats(label: string, first: { name: string }, other: { name: string }): LineupError {
  return new LineupError(
    'source_format',
    sentence`${label} matches files of different formats: ${first.name} and ${other.name}. Choose files of one format.`,
  );
}
