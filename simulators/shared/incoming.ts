/** A request to the API as it comes from a carrier: HTTP, or a caller in the same process. */

export interface Incoming {
  readonly method: string;
  /** Path and query, as on the wire. */
  readonly target: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: IncomingBody;
}

/** The whole body, or its blocks. null when there is none. Blocks fail when the client goes away. */
export type IncomingBody = Uint8Array | AsyncIterable<Uint8Array> | null;

/** The client went away before its request was complete. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

/**
 * The body of a request, read once. A loop that ends early leaves the rest for {@link drain}: an iterator of its
 * own would close the connection, and the answer could not be sent.
 */
export class Body implements AsyncIterableIterator<Buffer> {
  /** The body while nothing of it is read. */
  #unread: IncomingBody;
  #blocks: AsyncIterator<Uint8Array> | undefined;

  constructor(body: IncomingBody) {
    this.#unread = body;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws {ClientGoneError} */
  async next(): Promise<IteratorResult<Buffer, undefined>> {
    const unread = this.#unread;
    this.#unread = null;
    if (unread instanceof Uint8Array) return { done: false, value: asBuffer(unread) };
    if (unread) this.#blocks = unread[Symbol.asyncIterator]();
    try {
      const result = await this.#blocks?.next();
      if (result && !result.done) return { done: false, value: asBuffer(result.value) };
    } catch (cause) {
      throw new ClientGoneError('the client went away', { cause });
    }
    this.#blocks = undefined;
    return { done: true, value: undefined };
  }

  /** All bytes, but only the beginning of a body above the limit. @throws {ClientGoneError} */
  async whole(limit: number): Promise<Buffer> {
    if (!this.#unread && !this.#blocks) return none;
    const blocks: Buffer[] = [];
    let size = 0;
    for await (const block of this) {
      size += block.length;
      blocks.push(block);
      if (size > limit) break;
    }
    return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks);
  }

  /**
   * Reads the rest and discards it, so that the client has sent everything before the answer.
   * @throws {ClientGoneError}
   */
  async drain(): Promise<void> {
    while (!(await this.next()).done);
  }
}

const none = Buffer.alloc(0);

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
