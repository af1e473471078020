/** One or more text files as a source. */

import type { FileReading } from '../../contracts/sources.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { fieldNotFound, findField } from '../find-field.ts';
import { BlockScan } from '../scans.ts';
import type { PreviewRow, Scan, ShowValue, Source, SourceField } from '../source.ts';
import { encodingError, UndecodableBytesError } from './encoding.ts';
import { isName } from './header.ts';
import { BrokenRowError, previewRows, rowError, type ValueReader } from './table.ts';
import type { TextStream } from './text.ts';
import type { TextFile } from './text-file.ts';

export class TextSource implements Source {
  readonly label: string;
  readonly readOnce: boolean;
  readonly notice: Sentence | undefined;
  readonly reading: FileReading | undefined;
  readonly #files: readonly TextFile[];

  /** @param files at least one, all with the same format (CSV and TSV may be mixed) */
  constructor(label: string, files: readonly TextFile[]) {
    this.label = label;
    this.#files = files;
    this.readOnce = files.some((file) => file.readOnce);
    this.reading = files[0]?.reading;
    this.notice = files.find((file) => file.notice)?.notice;
  }

  /** The fields that every file has. In NDJSON, whose rows differ, all fields that were seen. */
  async fields(): Promise<SourceField[]> {
    const all = new Map(this.#files.flatMap((file) => file.fields).map((field) => [field.name, field]));
    const needed = this.#files
      .filter(({ format }) => format !== 'ndjson')
      .map(({ fields }) => new Set(fields.map(({ name }) => name)));
    return [...all.values()].filter(({ name }) => needed.every((names) => names.has(name)));
  }

  async preview(field: string, limit: number, signal?: AbortSignal, show?: ShowValue): Promise<PreviewRow[]> {
    this.#assertField(field);
    const values: (readonly string[])[] = [];
    for (const file of this.#files) {
      if (values.length >= limit) break;
      const missing = limit - values.length;
      values.push(...(await file.look((table) => [...table.sample(field, missing)], signal)));
    }
    return previewRows(values, show);
  }

  async scan(fields: readonly string[], signal?: AbortSignal): Promise<Scan> {
    // Checked before the first value is given, and not when a later file is opened.
    for (const field of fields) this.#assertField(field);
    this.#assertColumns(fields.length);
    return scanText(this.label, this.#files, { fields, known: await this.fields() }, signal);
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close();
  }

  /**
   * Plain lines accept any name. In NDJSON only the last row could tell, so the scan fails at its end. A
   * value of a member is never a name.
   */
  #assertField(field: string): void {
    for (const { format, fields, name, notice } of this.#files) {
      if (format === 'csv' || format === 'tsv' || format === 'xlsx') findField(fields, field, name, notice);
      else if (!isName(field)) {
        const names = fields.map((field) => field.name);
        throw fieldNotFound(names, field, name, notice);
      }
    }
  }

  /** Different names for the one value of a plain line would give the same values twice. */
  #assertColumns(wanted: number): void {
    const lines = this.#files.find(({ format }) => format === 'lines');
    if (wanted === 1 || lines === undefined) return;
    throw new LineupError(
      'field_not_found',
      sentence`${lines.name} has one value on each line, so it cannot give ${wanted} fields. Use one field, or a file with a column for each field.`,
    );
  }
}

/**
 * Scans text files, one after another. Reads blocks of text and gives blocks of the value stream of each field.
 * @param known all known fields, for the message when no row has one of `fields`
 * @param signal stops the scan
 */
function scanText(
  label: string,
  files: readonly TextFile[],
  { fields, known }: { fields: readonly string[]; known: readonly SourceField[] },
  signal: AbortSignal | undefined,
): Scan {
  const reading = new Reading(files, fields);
  const marked = files.some(({ format }) => format === 'ndjson');
  return new BlockScan({
    marked: fields.map(() => marked),
    column: () => reading.column,
    progress: () => reading.progress(),
    signal,
    blocks: async function* (stop) {
      yield* reading.blocks(stop);
      const missing = fields.find((_, column) => !reading.seen.has(column));
      if (reading.rows > 0 && missing !== undefined) {
        const names = known.map(({ name }) => name);
        throw fieldNotFound(names, missing, label);
      }
    },
  });
}

/** The files of one scan, one after another. */
class Reading {
  /** Rows of the finished files. */
  rows = 0;
  /** The fields that a row had, by their index. */
  readonly seen = new Set<number>();
  /** To which field the block given last belongs. */
  column = 0;
  readonly #files: readonly TextFile[];
  readonly #fields: readonly string[];
  /** Bytes of the finished files. */
  #done = 0;
  #current: { readonly stream: TextStream; readonly size: number } | undefined;

  constructor(files: readonly TextFile[], fields: readonly string[]) {
    this.#files = files;
    this.#fields = fields;
  }

  progress(): number | undefined {
    const sizes = this.#files.map(({ size }) => size);
    if (sizes.includes(undefined)) return sizes.length === 1 ? this.#current?.stream.progress() : undefined;
    const total = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    const current = this.#current ? (this.#current.stream.progress() ?? 0) * this.#current.size : 0;
    return total === 0 ? undefined : Math.min(1, (this.#done + current) / total);
  }

  async *blocks(stop: AbortSignal): AsyncGenerator<Uint8Array, void> {
    for (const file of this.#files) {
      const reader = yield* this.#read(file, stop);
      this.rows += reader.rows;
      for (const column of this.#fields.keys()) if (reader.hasSeen(column)) this.seen.add(column);
    }
  }

  async *#read(file: TextFile, stop: AbortSignal): AsyncGenerator<Uint8Array, ValueReader> {
    stop.throwIfAborted();
    const { stream, table } = await file.open(stop);
    this.#current = { stream, size: file.size ?? 0 };
    let reader: ValueReader | undefined;
    try {
      reader = table.read(this.#fields);
      for await (const block of stream.blocks) {
        stop.throwIfAborted();
        yield* this.#valuesOf(reader, reader.push(block));
      }
      // A closed stream ends like one that was read to its end.
      stop.throwIfAborted();
      yield* this.#valuesOf(reader, reader.end());
      return reader;
    } catch (error) {
      if (error instanceof BrokenRowError) throw rowError(error, stream, table.fields.length);
      if (error instanceof UndecodableBytesError) {
        throw encodingError(file.name, (reader?.rows ?? 0) + 1, stream);
      }
      throw error;
    } finally {
      await stream.close();
      this.#done += this.#current.size;
      this.#current = undefined;
    }
  }
  *#valuesOf(reader: ValueReader, blocks: Iterable<Uint8Array>): Generator<Uint8Array, void> {
    for (const block of blocks) {
      this.column = reader.column;
      yield block;
    }
  }
}
