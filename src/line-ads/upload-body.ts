import { type FileHandle, open } from 'node:fs/promises';
import { ReadableStream } from 'node:stream/web';
import { notify } from './log.ts';
import { type FormField, frameMultipart } from './multipart.ts';

export interface UploadSpec {
  /** The form fields that go before the file, in order. */
  fields: readonly FormField[];
  file: { path: string; name: string };
  /** Told the bytes of the file that were handed to the connection so far; from 0 again with each attempt. */
  onProgress?: ((bytesSent: number) => void) | undefined;
}

/** The file cannot be read, or is no longer what it was when the upload began. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}

/** Large enough to keep a fast connection busy, small enough that memory stays flat. */
const BLOCK_BYTES = 512 * 1024;

/** The body of one attempt: the file goes from disk to the connection in blocks. Close it when the attempt is over. */
export class UploadBody {
  readonly contentType: string;
  readonly contentLength: number;
  readonly #spec: UploadSpec;
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #head: Buffer;
  readonly #tail: Buffer;
  #complete = false;
  #fault: FileFault | undefined;

  private constructor(spec: UploadSpec, handle: FileHandle, size: number) {
    const frame = frameMultipart(spec.fields, {
      field: 'file',
      name: spec.file.name,
      contentType: 'text/plain',
    });
    this.contentType = frame.contentType;
    this.contentLength = frame.head.length + size + frame.tail.length;
    this.#spec = spec;
    this.#handle = handle;
    this.#size = size;
    this.#head = frame.head;
    this.#tail = frame.tail;
  }

  /** Rejects with FileFault. */
  static async open(spec: UploadSpec): Promise<UploadBody> {
    const { path } = spec.file;
    let handle: FileHandle | undefined;
    try {
      handle = await open(path);
      const stats = await handle.stat();
      if (!stats.isFile()) throw new FileFault(`${path} is not a file`);
      return new UploadBody(spec, handle, stats.size);
    } catch (error) {
      await handle?.close();
      throw error instanceof FileFault ? error : unreadable(path, error);
    }
  }

  /**
   * Whether all of the body was handed over. Until then the server cannot have a whole request: the length that
   * was announced has not arrived, and the closing boundary has not been sent.
   */
  get complete(): boolean {
    return this.#complete;
  }

  /** Why the body broke off, when it was the file's fault: fetch reports no more than a failed request. */
  get fault(): FileFault | undefined {
    return this.#fault;
  }

  stream(): ReadableStream<Uint8Array> {
    return ReadableStream.from(this.#blocks());
  }

  /** Also when fetch left the stream half-read, which it does when the connection breaks. */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  async *#blocks(): AsyncGenerator<Uint8Array> {
    yield this.#head;
    for (let sent = 0; ; ) {
      const block = await this.#read(sent);
      if (block.length === 0) break;
      sent += block.length;
      yield block;
      notify(this.#spec.onProgress, sent);
    }
    this.#complete = true;
    yield this.#tail;
  }

  /** The next block; empty at the end of the file. */
  async #read(position: number): Promise<Uint8Array> {
    const left = this.#size - position;
    // One byte more than is left, so that a file which has grown shows before the body is complete.
    const length = Math.min(BLOCK_BYTES, left + 1);
    try {
      // A new block each time: the socket may still hold the last one.
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, position);
      if (bytesRead > left || (bytesRead === 0 && left > 0)) {
        throw new FileFault(`${this.#spec.file.path} changed its size while it was sent`);
      }
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      this.#fault = error instanceof FileFault ? error : unreadable(this.#spec.file.path, error);
      throw this.#fault;
    }
  }
}

function unreadable(path: string, error: unknown): FileFault {
  const code = (error as NodeJS.ErrnoException).code;
  const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown fault'})`;
  return new FileFault(`${path} ${why}`, { cause: error });
}
