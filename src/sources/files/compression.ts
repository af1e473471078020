/** Expands gzip and Zstandard, which it recognises by their first bytes and not by the name of the file. */
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';

/** How many compressed bytes are passed at once. It limits the memory for a highly compressed file. */
const SLICE = 16 * 1024;

type Compression = 'gzip' | 'zstd';

export function compressionOf(head: Uint8Array): Compression | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd';
  // A skippable frame (RFC 8878, 3.1.2). pzstd and other parallel tools write one before each frame.
  if (head[0]! >> 4 === 5 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) return 'zstd';
  return undefined;
}

/**
 * Expands all members (gzip) or frames (Zstandard) of the stream: parallel tools and `cat a.gz b.gz` write
 * several. Node's stream ends without an error after the first Zstandard frame. So we count the bytes that a
 * frame leaves, and pass them to a new one. Zero bytes after a gzip member are padding (tapes, tar), as in
 * gzip itself.
 * @throws {LineupError} `source_unreadable` for a stream that is cut off or damaged. It never ends half-way
 *   without an error
 */
export async function* expand(
  blocks: AsyncIterable<Uint8Array>,
  compression: Compression,
  name: string,
): AsyncGenerator<Uint8Array, void> {
  let member: Member | undefined;
  let begun = false;
  try {
    for await (const block of blocks) {
      for (let at = 0; at < block.length; ) {
        if (begun && !member && compression === 'gzip' && block[at] === 0) {
          at += 1;
          continue;
        }
        member ??= new Member(compression);
        begun = true;
        const slice = block.subarray(at, at + SLICE);
        const taken = await member.write(slice);
        yield* member.output();
        at += taken;
        // Only after the end of a frame, so at least one byte was taken, and the loop makes progress.
        if (taken < slice.length) {
          member.close();
          member = undefined;
        }
      }
    }
    if (member) {
      await member.end();
      yield* member.output();
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    const cut = error.code === 'Z_BUF_ERROR';
    throw new LineupError(
      'source_unreadable',
      cut
        ? sentence`${name} is cut off: the ${compression} data ends too early. Copy or download the file again.`
        : sentence`${name} is damaged: it does not decompress as ${compression}. Copy or download the file again.`,
      { reason: error.code, cause: error },
    );
  } finally {
    member?.close();
  }
}

/**
 * What a person who looks at a source may unpack: a small file can have any number of bytes, and a reader works for all
 * of them.
 */
export interface Allowance {
  readonly most: number;
  left: number;
}

/** @throws {LineupError} `source_unsupported` when there is more */
export async function* within(
  allowance: Allowance | undefined,
  blocks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  for await (const block of blocks) {
    if (allowance) {
      allowance.left -= block.length;
      if (allowance.left < 0) {
        throw new LineupError(
          'source_unsupported',
          sentence`The preview was stopped, because the file has more than ${allowance.most / 1_000_000} MB when it is unpacked. A run has no such limit.`,
        );
      }
    }
    yield block;
  }
}

/** One gzip stream, whose members zlib joins itself, or one Zstandard frame. */
class Member {
  readonly #stream: Gunzip | ZstdDecompress;
  /** Rejects for damaged data. Needed because a failing write never calls its callback. */
  readonly #failed: Promise<never>;
  #output: Uint8Array[] = [];

  constructor(compression: Compression) {
    this.#stream = (compression === 'gzip' ? createGunzip : createZstdDecompress)({ chunkSize: 1 << 18 });
    this.#stream.on('data', (block: Uint8Array) => this.#output.push(block));
    this.#failed = new Promise((_resolve, reject) => this.#stream.on('error', reject));
    this.#failed.catch(() => {});
  }

  /** Resolves with the number of bytes taken. It is smaller than the input when the frame ends inside it. */
  async write(bytes: Uint8Array): Promise<number> {
    const before = this.#stream.bytesWritten;
    // A copy, because the caller uses its block again, and the stream may still need it after the end of a
    // frame.
    const written = new Promise<void>((resolve) => this.#stream.write(Buffer.from(bytes), () => resolve()));
    await Promise.race([written, this.#failed]);
    return this.#stream.bytesWritten - before;
  }

  async end(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (this.#stream.readableEnded) resolve();
      else this.#stream.once('end', resolve).end();
    });
    await Promise.race([ended, this.#failed]);
  }

  *output(): Generator<Uint8Array, void> {
    const output = this.#output;
    this.#output = [];
    yield* output;
  }

  close(): void {
    this.#stream.destroy();
  }
}

function isZlibError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_)/.test(String(error.code));
}
