/** One or several text files as a source. */
import type { FileReading } from '../../contracts/file-options.ts';
import type { Sentence } from '../../contracts/sentence.ts';
import { fieldNotFound, findField } from '../find-field.ts';
import type { PreviewRow, Scan, Source, SourceField } from '../source.ts';
import { isName } from './header.ts';
import { previewRows } from './table.ts';
import type { TextFile } from './text-file.ts';
import { scanText } from './text-scan.ts';

export class TextSource implements Source {
  readonly label: string;
  readonly readOnce: boolean;
  readonly notice: Sentence | undefined;
  readonly reading: FileReading | undefined;
  readonly #files: readonly TextFile[];

  /** @param files at least one, all of one format (CSV and TSV may be mixed) */
  constructor(label: string, files: readonly TextFile[]) {
    this.label = label;
    this.#files = files;
    this.readOnce = files.some((file) => file.readOnce);
    this.reading = files[0]?.reading;
    this.notice = files.find((file) => file.notice)?.notice;
  }

  /** The fields that every file has; of NDJSON, whose rows differ, all that were seen. */
  async fields(): Promise<SourceField[]> {
    const all = new Map(this.#files.flatMap((file) => file.fields).map((field) => [field.name, field]));
    const needed = this.#files
      .filter(({ format }) => format !== 'ndjson')
      .map(({ fields }) => new Set(fields.map(({ name }) => name)));
    return [...all.values()].filter(({ name }) => needed.every((names) => names.has(name)));
  }

  async preview(field: string, limit: number, signal?: AbortSignal): Promise<PreviewRow[]> {
    this.#assertField(field);
    const values: (readonly string[])[] = [];
    for (const file of this.#files) {
      if (values.length >= limit) break;
      const missing = limit - values.length;
      values.push(...(await file.look((table) => [...table.sample(field, missing)], signal)));
    }
    return previewRows(values);
  }

  async scan(field: string, signal?: AbortSignal): Promise<Scan> {
    // Before any value is given, not only when the turn of the file comes.
    this.#assertField(field);
    return scanText(this.label, this.#files, { field, fields: await this.fields() }, signal);
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close();
  }

  /** Of lines any name is understood; of NDJSON only the last row tells (the scan fails when it never comes). No member is one. */
  #assertField(field: string): void {
    for (const { format, fields, name, notice } of this.#files) {
      if (format === 'csv' || format === 'tsv' || format === 'xlsx') findField(fields, field, name, notice);
      else if (!isName(field)) {
        const names = fields.map((one) => one.name);
        throw fieldNotFound(names, field, name, notice);
      }
    }
  }
}
