/** One connection to a database: what the clients of both drivers share. Every wait has a time limit. */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { NetworkAccess } from '../../contracts/network.ts';

const CLOSE_TIMEOUT_MS = 1_000;
/** Ten seconds after this time a dead peer is noticed: Node.js probes ten times, once a second. */
export const KEEP_ALIVE_MS = 15_000;
/** When more bytes than this wait to be read, the server must wait. */
const HIGH_WATER = 1 << 20;

/** The longest row of a scan. No server builds a longer one. */
export const LONGEST_ROW = 1 << 30;
/** The longest part of any other answer: a description, or a row with names or the beginning of a value. */
export const LONGEST_PART = 1 << 20;
/** Limits for one answer, without the rows of a scan. */
const MAX_ANSWER = { bytes: 32 << 20, parts: 50_000 };

/** Counts the parts of an answer. */
export class AnswerCount {
  #bytes = 0;
  #parts = 0;

  /** @returns whether the answer is still short enough */
  add(bytes: number): boolean {
    this.#parts += 1;
    this.#bytes += bytes;
    return this.#bytes <= MAX_ANSWER.bytes && this.#parts <= MAX_ANSWER.parts;
  }
}

export abstract class DatabaseClient {
  /** How many times data has arrived. */
  abstract readonly received: number;
  /** The socket, or the TLS connection on it. */
  abstract readonly stream: Duplex;

  /** Whether we make the server wait. */
  get paused(): boolean {
    return this.stream.isPaused();
  }

  /** Signs in. */
  abstract connect(timeoutMs: number): Promise<void>;

  /** Destroys the connection. Every pending answer fails with this reason. */
  abstract cut(reason?: Error): void;

  /** Destroys the connection, because the server does not answer in time. */
  abstract giveUp(): void;

  /** Closes the connection. A running statement is cut. Never fails. */
  async end(): Promise<void> {
    const impatient = setTimeout(() => this.cut(), CLOSE_TIMEOUT_MS);
    await this.signOut();
    clearTimeout(impatient);
  }

  protected abstract signOut(): Promise<void>;

  /** Our own error for one of the driver. */
  protected abstract failure(error: unknown): Error;

  /** Gives the connection up when the server does not answer in time. */
  protected async within<T>(ms: number, answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.giveUp(), ms);
    try {
      return await answer;
    } catch (error) {
      throw this.failure(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Checks a host that is not looked up. The others are checked by the lookup of their connection.
 * @param host a name, an address, or the path of a Unix socket or its folder
 * @throws {LineupError} when connections to it are not allowed
 */
export function checkHost(host: string, network: NetworkAccess | undefined): void {
  if (isIP(host) !== 0 || host.startsWith('/')) network?.assertAllowed(host);
}

/** The rows of a scan that have arrived and were not read. */
export class Backlog {
  readonly #client: Pick<DatabaseClient, 'stream'>;
  readonly #blocks: Buffer[] = [];
  #bytes = 0;
  #outcome: { readonly error: Error | undefined } | undefined;
  #wake: () => void = () => {};

  constructor(client: Pick<DatabaseClient, 'stream'>) {
    this.#client = client;
  }

  push(rows: Buffer): void {
    this.#blocks.push(rows);
    this.#bytes += rows.length;
    if (this.#bytes > HIGH_WATER) this.#client.stream.pause();
    this.#wake();
  }

  /** No rows follow. @param error why, unless the statement is complete */
  end(error?: Error): void {
    this.#outcome ??= { error };
    this.#wake();
  }

  /** What waits to be read, all at once. */
  takeAll(): Buffer[] {
    return this.#blocks.splice(0);
  }

  /** @throws the error of `end`, after all blocks */
  async *blocks(): AsyncGenerator<Buffer, void> {
    for (;;) {
      const block = this.#blocks.shift();
      if (block) {
        this.#bytes -= block.length;
        if (this.#blocks.length === 0) this.#client.stream.resume();
        yield block;
      } else if (this.#outcome) {
        if (this.#outcome.error) throw this.#outcome.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
