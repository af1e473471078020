import { ReadableStream } from 'node:stream/web';
import { notify } from './log.ts';
import { frameMultipart } from './multipart.ts';
import type { UploadSpec } from './request.ts';
import { FileFault, type OpenFile, openUploadFile } from './upload-file.ts';

/** The body of one attempt: the file goes to the connection in blocks. Close it when the attempt is over. */
export class UploadBody {
  readonly contentType: string;
  readonly contentLength: number;
  readonly #spec: UploadSpec;
  readonly #file: OpenFile;
  readonly #head: Buffer;
  readonly #tail: Buffer;
  #complete = false;
  #fault: FileFault | undefined;

  private constructor(spec: UploadSpec, file: OpenFile) {
    const frame = frameMultipart(spec.fields, {
      field: 'file',
      name: spec.file.name,
      contentType: 'text/plain',
    });
    this.contentType = frame.contentType;
    this.contentLength = frame.head.length + file.size + frame.tail.length;
    this.#spec = spec;
    this.#file = file;
    this.#head = frame.head;
    this.#tail = frame.tail;
  }

  /** Rejects with FileFault. */
  static async open(spec: UploadSpec): Promise<UploadBody> {
    return new UploadBody(spec, await openUploadFile(spec.file));
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
    const blocks = this.#blocks();
    // `ReadableStream.from` would be the same, but Node.js has it from 20.6 on only.
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

  /** Also when fetch left the stream half-read, which it does when the connection breaks. */
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
      if (error instanceof FileFault) this.#fault = error;
      throw error;
    }
    this.#complete = true;
    yield this.#tail;
  }
}
