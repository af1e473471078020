/**
 * The binary format of a scan on the pipe from a reader to the service: the blocks with their places, then the result
 * of the scan. A frame has a head of ten bytes (kind, column, length of the place, length of the content), then the
 * place and the content. The column says to which field of the scan a block belongs. A place is a position at which a
 * later scan can continue.
 */

import type { Socket } from 'node:net';
import type { ScanEnd } from './protocol.ts';

const HEAD = 10;
const BLOCK = 0;
const END = 1;
/** More than the length of any place or end. */
const LONGEST_TEXT = 8_000_000;

export interface FrameBlock {
  readonly bytes: Uint8Array;
  /** To which field it belongs: its index. */
  readonly column: number;
  /** Where a later scan can continue after this block; undefined within a frame. */
  readonly place: string | undefined;
}
export type FramePart = FrameBlock | { readonly ended: ScanEnd };

/** The head of a block's frame, with its place. */
export function blockHead({ bytes, column, place }: FrameBlock): Buffer {
  const text = Buffer.from(place ?? '');
  const head = Buffer.allocUnsafe(HEAD + text.length);
  writeHead(head, { kind: BLOCK, column, place: text.length, content: bytes.length });
  text.copy(head, HEAD);
  return head;
}

/** The last frame of a scan. */
export function endFrame(end: ScanEnd): Buffer {
  const text = Buffer.from(JSON.stringify(end));
  const frame = Buffer.allocUnsafe(HEAD + text.length);
  writeHead(frame, { kind: END, column: 0, place: 0, content: text.length });
  text.copy(frame, HEAD);
  return frame;
}

/** The numbers at the beginning of a frame. `place` and `content` are lengths. */
interface FrameHead {
  readonly kind: number;
  readonly column: number;
  readonly place: number;
  readonly content: number;
}

function writeHead(target: Buffer, { kind, column, place, content }: FrameHead): void {
  target.writeUInt8(kind, 0);
  target.writeUInt8(column, 1);
  target.writeUInt32LE(place, 2);
  target.writeUInt32LE(content, 6);
}

const readHead = (bytes: Buffer): FrameHead => ({
  kind: bytes.readUInt8(0),
  column: bytes.readUInt8(1),
  place: bytes.readUInt32LE(2),
  content: bytes.readUInt32LE(6),
});

/**
 * Parses the bytes of the pipe, in pieces of any size. It returns a long block in parts; only the last part has the
 * place.
 */
export class FrameParser {
  /** The bytes of an incomplete head, place or end. */
  #partial: Buffer[] = [];
  #missing = HEAD;
  #reading: 'head' | 'place' | 'block' | 'end' = 'head';
  #contentLength = 0;
  #column = 0;
  #place: string | undefined;

  *push(bytes: Buffer): Generator<FramePart, void> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#missing);
      at += part.length;
      this.#missing -= part.length;
      if (this.#reading === 'block') {
        const place = this.#missing === 0 ? this.#place : undefined;
        yield { bytes: part, column: this.#column, place };
      } else {
        this.#partial.push(part);
      }
      if (this.#missing > 0) return;
      const ended = this.#next();
      if (ended !== undefined) yield { ended };
    }
  }

  /** Called when a part is complete; chooses the next part. @returns the result of the scan, if this was the end */
  #next(): ScanEnd | undefined {
    switch (this.#reading) {
      case 'head': {
        const { kind, column, place, content } = readHead(this.#takePartial());
        this.#contentLength = content;
        this.#column = column;
        this.#place = undefined;
        if (kind > END || place > LONGEST_TEXT || (kind === END && content > LONGEST_TEXT)) {
          throw new Error('the pipe of a reader holds no frame');
        }
        if (kind === END) this.#expect('end', content);
        else if (place > 0) this.#expect('place', place);
        else this.#expectBlock();
        return undefined;
      }
      case 'place':
        this.#place = this.#takePartial().toString('utf8');
        this.#expectBlock();
        return undefined;
      case 'block':
        this.#expect('head', HEAD);
        return undefined;
      case 'end': {
        const end = JSON.parse(this.#takePartial().toString('utf8')) as ScanEnd;
        this.#expect('head', HEAD);
        return end;
      }
    }
  }

  #expectBlock(): void {
    this.#expect(this.#contentLength > 0 ? 'block' : 'head', this.#contentLength || HEAD);
  }

  #expect(part: 'head' | 'place' | 'block' | 'end', length: number): void {
    this.#reading = part;
    this.#missing = length;
  }

  #takePartial(): Buffer {
    const whole = this.#partial.length === 1 ? this.#partial[0]! : Buffer.concat(this.#partial);
    this.#partial = [];
    return whole;
  }
}

/** How many pieces of the pipe (64 kB each) are buffered. */
const MAX_WAITING = 4;

/**
 * Reads frames from a reader's pipe. It pauses the pipe until the caller takes the data, so a fast reader process
 * waits.
 */
export class FrameReader {
  readonly #pipe: Socket;
  readonly #parser = new FrameParser();
  readonly #waiting: Buffer[] = [];
  #parts: Iterator<FramePart, void> | undefined;
  #failure: Error | undefined;
  #wake = () => {};

  constructor(pipe: Socket) {
    this.#pipe = pipe;
    pipe.on('data', (bytes: Buffer) => {
      this.#waiting.push(bytes);
      if (this.#waiting.length >= MAX_WAITING) pipe.pause();
      this.#wake();
    });
    // The end of the process reports the reason.
    pipe.on('error', () => {});
  }

  /** Called when the process has ended: there is no more data. */
  fail(why: Error): void {
    this.#failure ??= why;
    this.#pipe.destroy();
    this.#wake();
  }

  /** Waits for the next part. The caller owns its memory. One caller at a time. @throws the error of `fail` */
  async next(): Promise<FramePart> {
    for (;;) {
      const part = this.#parts?.next();
      if (part && !part.done) return part.value;
      this.#parts = undefined;
      const bytes = this.#waiting.shift();
      if (bytes) {
        this.#parts = this.#parser.push(bytes);
        if (this.#waiting.length === 0) this.#pipe.resume();
        continue;
      }
      if (this.#failure) throw this.#failure;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}
