/** The service's end of a reader's pipe: what comes is taken when it is wanted, so a reader that is faster waits. */
import type { Socket } from 'node:net';
import { FrameParser, type FramePart } from '../frames.ts';

/** Pieces of the pipe (64 kB each) that may wait to be taken. */
const MOST_WAITING = 4;

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
      if (this.#waiting.length >= MOST_WAITING) pipe.pause();
      this.#wake();
    });
    // How the reader ended is told by its process.
    pipe.on('error', () => {});
  }

  /** The reader is gone: nothing more comes. */
  fail(why: Error): void {
    this.#failure ??= why;
    this.#pipe.destroy();
    this.#wake();
  }

  /** Waits for the next part. Its memory is the caller's. @throws what `fail` was given; one caller at a time */
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
