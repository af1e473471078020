/** Reads an uploaded file as a stream: one value per line, no header, UTF-8 without BOM, LF. */
import { isUtf8 } from 'node:buffer';
import { decodeDigest } from '../shared/hex-codec.ts';
import { examinedBytes, type LineSink, LineSplitter } from '../shared/line-splitter.ts';
import { LineBatch } from './line-batch.ts';

/** Largest file that LINE takes: 60 MiB. */
export const maxFileBytes = 62_914_560;
const maxLines = 1_000_000;

/** The first fault of a file, with LINE's reason. It never contains the value itself. */
export interface FileFault {
  reason: string;
  /** From 1. Absent when the whole file is meant. */
  line?: number;
}

const lf = 10;
const cr = 13;
const digestLine = 65;
const bom = Buffer.from([0xef, 0xbb, 0xbf]);

export class LineReader implements LineSink {
  readonly batch = new LineBatch();
  lines = 0;
  /** The first line of each form, or 0. They decide whether the file fits its `idType`. */
  firstDigest = 0;
  firstId = 0;
  #fault: FileFault | null = null;
  readonly #splitter = new LineSplitter(this);

  get bytes(): number {
    return this.#splitter.bytes;
  }

  /** Takes the next bytes of the file. It does not keep the block. */
  feed(block: Buffer): void {
    this.#splitter.feed(block);
  }

  /** Ends the file. Returns its fault, or null. A last line without LF counts as a line. */
  end(): FileFault | null {
    this.#splitter.end();
    if (this.bytes > maxFileBytes) return { reason: 'FILE_SIZE_LIMIT_EXCEEDED' };
    if (this.bytes === 0) return { reason: 'EMPTY_FILE' };
    return this.#fault;
  }

  isOver(): boolean {
    return this.#fault !== null;
  }

  /** A digest and its LF: the most frequent line by far. */
  usual(block: Buffer, at: number): number {
    if (block[at + digestLine - 1] !== lf || this.lines >= maxLines) return 0;
    const { digests } = this.batch;
    if (!decodeDigest(block, at, digests.openPage(), digests.openOffset())) return 0;
    digests.commit();
    this.lines += 1;
    if (this.firstDigest === 0) this.firstDigest = this.lines;
    return digestLine;
  }

  line(line: Buffer): void {
    if (this.#fault) return;
    if (this.lines >= maxLines) {
      this.#fault = { reason: 'UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS' };
      return;
    }
    this.lines += 1;
    const form = this.batch.add(line);
    if (form === 'digest') this.firstDigest ||= this.lines;
    else if (form === 'id') this.firstId ||= this.lines;
    else this.#fault = { reason: reasonOf(line, this.lines), line: this.lines };
  }
}

function reasonOf(line: Buffer, number: number): string {
  const marked = number === 1 && line.subarray(0, bom.length).equals(bom);
  if (marked || line.includes(cr) || line.includes(0)) return 'INVALID_FILE_CONTENT';
  if (line.length < examinedBytes && !isUtf8(line)) return 'DECODING_FAILED';
  return 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT';
}
