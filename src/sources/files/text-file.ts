/** A text file whose beginning was examined. Its fields are known, but its content is not kept in memory. */

import type { FileReading } from '../../contracts/sources.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { delimiterCharacters, fileDelimiters } from '../../domain/files/file-names.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
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
  /** The size in bytes, if the file system gives it. */
  readonly size: number | undefined;
  /** The file cannot be read a second time. */
  readonly readOnce: boolean;
  /** How it was read. */
  readonly reading: FileReading;
  readonly #location: Location;
  readonly #options: TextOptions;
  /** Standard input and pipes can be read only once, so the scan uses the stream that was examined. */
  #once: TextStream | undefined;

  /** @throws {LineupError} when the beginning of `stream` does not have this format */
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

  /** Opens the file at its beginning. The caller closes the stream. */
  async open(signal: AbortSignal): Promise<OpenedText> {
    const stream = this.#once ?? (await this.#reopen(signal));
    if (stream === this.#once) signal.addEventListener('abort', () => void stream.close(), { once: true });
    this.#once = undefined;
    return { stream, table: describe(stream, this.format, this.#options) };
  }

  /** Runs `work` on the beginning of the file, read again. */
  async look<T>(work: (table: TextTable) => T, signal: AbortSignal | undefined): Promise<T> {
    if (this.#once) return work(describe(this.#once, this.format, this.#options));
    const stream = await this.#reopen(signal);
    try {
      return work(describe(stream, this.format, this.#options));
    } finally {
      await stream.close();
    }
  }

  /** Closes a stream that is still open. */
  async close(): Promise<void> {
    await this.#once?.close();
  }

  #reopen(signal: AbortSignal | undefined): Promise<TextStream> {
    if (this.readOnce) {
      throw new LineupError('source_failed', sentence`${this.name} was already read and cannot be read again.`);
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
