/** Reads an uploaded file as a stream: one value per line, no header, UTF-8 without BOM, LF. */
import { isUtf8 } from 'node:buffer';
import { decodeDigest } from '../shared/hex-codec.ts';
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
/** At most this many bytes of a line are examined. A valid line has at most 64. */
const carryLimit = 4096;
const bom = Buffer.from([0xef, 0xbb, 0xbf]);

export class LineReader {
  readonly batch = new LineBatch();
  bytes = 0;
  lines = 0;
  /** The first line of each form, or 0. They decide whether the file fits its `idType`. */
  firstDigest = 0;
  firstId = 0;
  #fault: FileFault | null = null;
  /** The beginning of a line whose end has not arrived. */
  #carry = Buffer.alloc(0);

  /** Takes the next bytes of the file. It does not keep the block. */
  feed(block: Buffer): void {
    this.bytes += block.length;
    let at = 0;
    if (this.#carry.length > 0) {
      const end = block.indexOf(lf);
      this.#keep(end < 0 ? block : block.subarray(0, end));
      if (end < 0) return;
      this.#line(this.#carry);
      this.#carry = Buffer.alloc(0);
      at = end + 1;
    }
    // After a fault, only the size is still needed.
    while (at < block.length && !this.#fault) {
      if (block[at + digestLine - 1] === lf && this.#digest(block, at)) {
        at += digestLine;
        continue;
      }
      const end = block.indexOf(lf, at);
      if (end < 0) {
        this.#keep(block.subarray(at));
        return;
      }
      this.#line(block.subarray(at, end));
      at = end + 1;
    }
  }

  /** Ends the file. Returns its fault, or null. A last line without LF counts as a line. */
  end(): FileFault | null {
    if (this.#carry.length > 0) this.#line(this.#carry);
    this.#carry = Buffer.alloc(0);
    if (this.bytes > maxFileBytes) return { reason: 'FILE_SIZE_LIMIT_EXCEEDED' };
    if (this.bytes === 0) return { reason: 'EMPTY_FILE' };
    return this.#fault;
  }

  /** The most frequent line by far: a digest and its LF. It is decoded directly to its final place. */
  #digest(block: Buffer, at: number): boolean {
    if (this.lines >= maxLines) return false;
    const { digests } = this.batch;
    if (!decodeDigest(block, at, digests.openPage(), digests.openOffset())) return false;
    digests.commit();
    this.lines += 1;
    if (this.firstDigest === 0) this.firstDigest = this.lines;
    return true;
  }

  #line(line: Buffer): void {
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

  #keep(bytes: Buffer): void {
    const room = carryLimit - this.#carry.length;
    if (!this.#fault && room > 0) this.#carry = Buffer.concat([this.#carry, bytes.subarray(0, room)]);
  }
}

function reasonOf(line: Buffer, number: number): string {
  const marked = number === 1 && line.subarray(0, bom.length).equals(bom);
  if (marked || line.includes(cr) || line.includes(0)) return 'INVALID_FILE_CONTENT';
  if (line.length < carryLimit && !isUtf8(line)) return 'DECODING_FAILED';
  return 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT';
}
