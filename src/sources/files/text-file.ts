/** A text file that has been looked at: what it holds is known, but nothing of it is kept in memory. */
import { LineupError } from '../../contracts/errors.ts';
import { delimiterCharacters, fileDelimiters } from '../../contracts/file-choices.ts';
import type { FileReading } from '../../contracts/file-options.ts';
import { type Sentence, sentence } from '../../contracts/sentence.ts';
import type { SourceField } from '../source.ts';
import { describeDelimited, describeLines } from './delimited.ts';
import type { TextFormat } from './format.ts';
import { isReadOnce, type Location } from './location.ts';
import { describeNdjson } from './ndjson.ts';
import type { TextTable } from './table.ts';
import { openText, type TextOptions, type TextStream } from './text.ts';

export interface OpenedText {
  readonly stream: TextStream;
  readonly table: TextTable;
}

export class TextFile {
  readonly name: string;
  readonly format: TextFormat;
  readonly fields: readonly SourceField[];
  /** What a person should know before choosing a field. */
  readonly notice: Sentence | undefined;
  /** Bytes, where the file system tells them. */
  readonly size: number | undefined;
  /** It cannot be read a second time. */
  readonly readOnce: boolean;
  /** How it was read. */
  readonly reading: FileReading;
  readonly #location: Location;
  readonly #options: TextOptions;
  /** Standard input and pipes give their bytes once: the stream that was looked at is the one to scan. */
  #once: TextStream | undefined;

  /** @throws {LineupError} when the beginning of `stream` is not of that format */
  constructor(stream: TextStream, format: TextFormat, options: TextOptions) {
    const { location } = stream;
    this.name = location.name;
    this.size = 'size' in location ? location.size : undefined;
    this.format = format;
    const table = describe(stream, format, options);
    this.fields = table.fields;
    this.notice = table.notice;
    this.reading = readingOf(stream, format, table);
    this.#location = location;
    this.#options = options;
    this.readOnce = isReadOnce(location);
    this.#once = this.readOnce ? stream : undefined;
  }

  /** Opens the file at its beginning; the caller closes the stream. */
  async open(signal: AbortSignal): Promise<OpenedText> {
    const stream = this.#once ?? (await this.#reopen(signal));
    if (stream === this.#once) signal.addEventListener('abort', () => void stream.close(), { once: true });
    this.#once = undefined;
    return { stream, table: describe(stream, this.format, this.#options) };
  }

  /** Looks at its beginning again. */
  async look<T>(work: (table: TextTable) => T, signal: AbortSignal | undefined): Promise<T> {
    if (this.#once) return work(describe(this.#once, this.format, this.#options));
    const stream = await this.#reopen(signal);
    try {
      return work(describe(stream, this.format, this.#options));
    } finally {
      await stream.close();
    }
  }

  /** Frees what is held open, if anything is. */
  async close(): Promise<void> {
    await this.#once?.close();
  }

  #reopen(signal: AbortSignal | undefined): Promise<TextStream> {
    if (this.readOnce) {
      throw new LineupError(
        'source_failed',
        sentence`${this.name} was read already, and cannot be read again.`,
      );
    }
    return openText(this.#location, this.#options, signal);
  }
}

function readingOf(
  { encoding, workbook }: TextStream,
  format: TextFormat,
  { delimiter, hasHeader }: TextTable,
): FileReading {
  return {
    format,
    encoding: workbook ? null : (encoding ?? 'utf-8'),
    delimiter: fileDelimiters.find((name) => delimiterCharacters[name] === delimiter) ?? null,
    header: hasHeader ?? null,
    sheets: workbook?.sheets ?? [],
  };
}

function describe(stream: TextStream, format: TextFormat, options: TextOptions): TextTable {
  if (format === 'lines') return describeLines(stream);
  return format === 'ndjson' ? describeNdjson(stream) : describeDelimited(stream, format, options);
}
