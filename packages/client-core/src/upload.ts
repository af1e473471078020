/** How an upload is sent: the file in blocks, the form around it, and the body of one attempt. */
import { type FileHandle, open } from 'node:fs/promises';
import { ReadableStream } from 'node:stream/web';
import { type FormField, notify, type UploadFile, type UploadSpec } from './request.ts';

/** The file cannot be read, or has changed since the upload began. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/** The content of one attempt. */
interface OpenFile {
  readonly size: number;
  /** Exactly `size` bytes. The last ones come only when all were right. @throws {FileError} */
  blocks(): AsyncGenerator<Uint8Array, void>;
  /** May be called before all blocks are read. */
  close(): Promise<void>;
}

/** The body of one attempt. The file goes to the connection in blocks. Close it after the attempt. */
export class UploadBody {
  readonly contentType: string;
  readonly contentLength: number;
  readonly #spec: UploadSpec;
  readonly #file: OpenFile;
  readonly #head: Buffer;
  readonly #tail: Buffer;
  #complete = false;
  #fault: FileError | undefined;

  private constructor(spec: UploadSpec, file: OpenFile, boundary: string) {
    const part = { field: 'file', name: spec.file.name, contentType: 'text/plain' };
    const frame = frameMultipart(spec.fields, part, boundary);
    this.contentType = frame.contentType;
    this.contentLength = frame.head.length + file.size + frame.tail.length;
    this.#spec = spec;
    this.#file = file;
    this.#head = frame.head;
    this.#tail = frame.tail;
  }

  /** Rejects with FileError. */
  static async open(spec: UploadSpec, boundary: string): Promise<UploadBody> {
    return new UploadBody(spec, await openUploadFile(spec.file), boundary);
  }

  /**
   * Whether the whole body was given to the connection. Before that, the server cannot have a whole request: it lacks
   * bytes of the announced length, and the closing boundary.
   */
  get complete(): boolean {
    return this.#complete;
  }

  /** Why the body ended early, when the file was the cause: fetch itself reports only a failed request. */
  get fault(): FileError | undefined {
    return this.#fault;
  }

  stream(): ReadableStream<Uint8Array> {
    const blocks = this.#blocks();
    // `ReadableStream.from` would do the same, but Node.js has it only from 20.6 on.
    return new ReadableStream(
      {
        pull: async (controller) => {
          const { done, value } = await blocks.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: async () => void (await blocks.return(undefined)),
      },
      { highWaterMark: 0 },
    );
  }

  /** Also closes the file when fetch did not read the stream to its end, as after a broken connection. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  async *#blocks(): AsyncGenerator<Uint8Array, void> {
    yield this.#head;
    let sent = 0;
    try {
      for await (const block of this.#file.blocks()) {
        sent += block.length;
        yield block;
        notify(this.#spec.onProgress, sent);
      }
    } catch (error) {
      if (error instanceof FileError) this.#fault = error;
      throw error;
    }
    this.#complete = true;
    yield this.#tail;
  }
}

/** @throws {FileError} */
const openUploadFile = (file: UploadFile): Promise<OpenFile> =>
  file.path === undefined ? Promise.resolve(openBytes(file)) : openPath(file.path);

/** Large enough for a fast connection, small enough to keep memory low. */
const BLOCK_BYTES = 512 * 1024;

async function openPath(path: string): Promise<OpenFile> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new FileError(`${path} is not a file`);
    const opened = handle;
    return {
      size: stats.size,
      blocks: () => readBlocks(path, opened, stats.size),
      close: () => opened.close(),
    };
  } catch (error) {
    await handle?.close();
    throw asFault(path, error);
  }
}

async function* readBlocks(path: string, handle: FileHandle, size: number): AsyncGenerator<Uint8Array, void> {
  for (let position = 0; ; ) {
    const left = size - position;
    // One byte more than is left, so that we notice a file that has grown before the body is complete.
    const length = Math.min(BLOCK_BYTES, left + 1);
    // A new block each time, because the socket may still use the last one.
    const { bytesRead, buffer } = await handle
      .read(Buffer.allocUnsafe(length), 0, length, position)
      .catch((error: unknown) => {
        throw asFault(path, error);
      });
    if (bytesRead > left || (bytesRead === 0 && left > 0)) throw sizeChanged(path);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function openBytes({ name, bytes, read }: UploadFile & { path?: undefined }): OpenFile {
  const source = read()[Symbol.asyncIterator]();
  async function* blocks(): AsyncGenerator<Uint8Array, void> {
    let size = 0;
    // Holds one block back, so that a fault after the last byte is noticed before the body is complete.
    let held: Uint8Array | undefined;
    for (;;) {
      const next = await source.next().catch((error: unknown) => {
        throw asFault(name, error);
      });
      if (next.done) break;
      size += next.value.length;
      if (size > bytes) throw sizeChanged(name);
      if (held) yield held;
      held = next.value;
    }
    if (size < bytes) throw sizeChanged(name);
    if (held) yield held;
  }
  return {
    size: bytes,
    blocks,
    // The attempt is over, so an error at this point does not matter.
    close: async () => void (await source.return?.().catch(() => {})),
  };
}

const sizeChanged = (name: string): FileError => new FileError(`${name} changed its size while it was sent`);

function asFault(name: string, error: unknown): FileError {
  if (error instanceof FileError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown fault'})`;
  return new FileError(`${name} ${why}`, { cause: error });
}

/** A multipart body: `head`, then the bytes of the file if there is one, then `tail`. */
interface MultipartFrame {
  /** The `Content-Type` header, with the boundary. */
  contentType: string;
  head: Buffer;
  tail: Buffer;
}

/**
 * The bytes around the file (RFC 7578): all fields in their order, then the file as the last part, so that the server
 * knows its purpose before it arrives. Names are UTF-8, escaped as in browsers.
 * FormData cannot do this: a known length needs the exact bytes around the file, and FormData hides them.
 */
export function frameMultipart(
  fields: readonly FormField[],
  file: { field: string; name: string; contentType: string } | undefined,
  boundary: string,
): MultipartFrame {
  const parts = fields.map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"\r\n\r\n${value}\r\n`,
  );
  if (file !== undefined) {
    parts.push(
      `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(file.field)}"; ` +
        `filename="${escapeName(file.name)}"\r\nContent-Type: ${file.contentType}\r\n\r\n`,
    );
  }
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    head: Buffer.from(parts.join('')),
    // The line break ends the file. Each field already has its own.
    tail: Buffer.from(`${file === undefined ? '' : '\r\n'}--${boundary}--\r\n`),
  };
}

/** A boundary in the form of a UUID. @param random gives numbers from 0 up to 1 */
export const boundaryFrom = (random: () => number): string =>
  'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'.replaceAll('x', () => ((random() * 16) & 15).toString(16));

/** HTML standard, "multipart form data": only these three characters would end the quoted string or the line. */
function escapeName(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
