/** Reads an uploaded file as a stream: a row of headings, then one row for each member. */
import { decodeDigest, decodeId, digestLength, idLength } from '../../shared/hex-codec.ts';
import { type LineSink, LineSplitter } from '../../shared/line-splitter.ts';
import type { Records } from '../../shared/records.ts';
import type { Settings } from '../settings.ts';
import type { ViolationCode } from '../violations.ts';
import { Batch } from './batch.ts';
import { type Column, columnsOf, columnsWithout, type UploadType } from './columns.ts';

const lf = 10;
const cr = 13;
const comma = 44;
const bom = Buffer.from([0xef, 0xbb, 0xbf]);

export interface FileFault {
  /** The mistake of the client. */
  readonly code: ViolationCode;
  /** In plain text. It never contains a value. */
  readonly text: string;
}

export class RowReader implements LineSink {
  readonly batch = new Batch();
  /** Without the headings. */
  rows = 0;
  /** Hashes with capital letters. They are rows, but match nobody. */
  upperCase = 0;
  /** Why the file cannot be taken. */
  fault: FileFault | null = null;
  readonly #type: UploadType;
  readonly #headings: Settings['columnHeadings'];
  #columns: readonly Column[] | null = null;
  readonly #splitter = new LineSplitter(this);

  constructor(type: UploadType, headings: Settings['columnHeadings']) {
    this.#type = type;
    this.#headings = headings;
  }

  /** Of the file before its compression. */
  get bytes(): number {
    return this.#splitter.bytes;
  }

  /** Takes the next bytes of the file. It does not keep the block. */
  feed(block: Buffer): void {
    this.#splitter.feed(block);
  }

  /** Ends the file. A last row without LF counts as a row. */
  end(fewestRows: number): void {
    this.#splitter.end();
    if (this.rows < fewestRows) this.#fail('too_few_rows', `the file has ${this.rows} rows, ${fewestRows} are needed`);
  }

  isOver(): boolean {
    return this.fault !== null;
  }

  /** The most frequent rows by far: a hash, or two, in lower case with an LF. */
  usual(block: Buffer, at: number): number {
    const columns = this.#columns;
    if (!columns || columns[0] === 'Mobile Device ID') return 0;
    const { batch } = this;
    const [first, second] = columns;
    if (second === undefined) {
      if (block[at + digestLength] !== lf) return 0;
      if (!digest(block, at, first === 'Email' ? batch.emails : batch.lonePhones)) return 0;
      this.rows += 1;
      return digestLength + 1;
    }
    const next = at + digestLength + 1;
    if (block[next - 1] !== comma || block[next + digestLength] !== lf) return 0;
    const [email, phone] = first === 'Email' ? [at, next] : [next, at];
    if (!digest(block, email, batch.emails, false) || !digest(block, phone, batch.pairedPhones)) return 0;
    batch.emails.commit();
    this.rows += 1;
    return 2 * digestLength + 2;
  }

  line(line: Buffer): void {
    if (this.fault) return;
    const row = line.at(-1) === cr ? line.subarray(0, -1) : line;
    if (!this.#columns && this.#first(row)) return;
    if (this.fault) return;
    this.rows += 1;
    if (!this.#cells(row, this.#columns!)) this.#fail('wrong_content', `row ${this.rows} does not fit its columns`);
  }

  /** Reads the first row of the file. @returns whether it has headings */
  #first(row: Buffer): boolean {
    if (row.subarray(0, bom.length).equals(bom))
      this.#fail('byte_order_mark', 'the file begins with a byte order mark');
    const text = row.toString('latin1');
    const named = columnsOf(text, this.#type);
    if (this.#headings === 'required' && !named)
      this.#fail('wrong_headings', `the file must begin with the headings of its columns for ${this.#type}`);
    if (this.#headings === 'refused' && named)
      this.#fail('wrong_headings', 'the file must not begin with the headings of its columns');
    this.#columns = named ?? columnsWithout(text, this.#type);
    return named !== null;
  }

  #cells(row: Buffer, columns: readonly Column[]): boolean {
    const cells = row.toString('latin1').split(',');
    if (cells.length !== columns.length || cells.every((cell) => cell === '')) return false;
    const hasEmail = (cells[columns.indexOf('Email')] ?? '') !== '';
    let at = 0;
    for (const [index, { length }] of cells.entries()) {
      if (length > 0 && !this.#cell(row.subarray(at, at + length), columns[index]!, hasEmail)) return false;
      at += length + 1;
    }
    return true;
  }

  #cell(cell: Buffer, column: Column, hasEmail: boolean): boolean {
    const { emails, pairedPhones, lonePhones, devices } = this.batch;
    if (column === 'Mobile Device ID') {
      if (cell.length !== idLength || !decodeId(cell, devices.openPage(), devices.openOffset())) return false;
      devices.commit();
      return true;
    }
    if (cell.length !== digestLength) return false;
    const list = column === 'Email' ? emails : hasEmail ? pairedPhones : lonePhones;
    if (!isUpper(cell, 0)) return digest(cell, 0, list);
    this.upperCase += 1;
    return decodeDigest(cell, 0, list.openPage(), list.openOffset());
  }

  /** The first fault of a file counts. */
  #fail(code: FileFault['code'], text: string): void {
    this.fault ??= { code, text };
  }
}

/** Decodes a hash in lower case to the end of the list. @returns false when it is none */
function digest(bytes: Buffer, at: number, list: Records, commit = true): boolean {
  if (isUpper(bytes, at) || !decodeDigest(bytes, at, list.openPage(), list.openOffset())) return false;
  if (commit) list.commit();
  return true;
}

/** Whether the 64 bytes at `at` have a capital letter. */
function isUpper(bytes: Buffer, at: number): boolean {
  for (let index = at; index < at + digestLength; index += 1) {
    const byte = bytes[index]!;
    if (byte >= 0x41 && byte <= 0x5a) return true;
  }
  return false;
}
