/** A scan of text files, one after the other: blocks of text in, blocks of the value stream out. */
import { LineupError } from '../../contracts/errors.ts';
import { fieldNotFound } from '../find-field.ts';
import type { Scan, SourceField } from '../source.ts';
import { encodingError, UndecodableBytes } from './encoding.ts';
import { RowFault } from './row-fault.ts';
import { rowError, type ValueReader } from './table.ts';
import type { TextStream } from './text.ts';
import type { TextFile } from './text-file.ts';

export class TextScan implements Scan {
  readonly marked: boolean;
  readonly input: Scan['input'];
  readonly finished: Promise<void>;
  readonly #label: string;
  readonly #files: readonly TextFile[];
  readonly #field: string;
  readonly #fields: readonly SourceField[];
  readonly #controller = new AbortController();
  readonly #blocks: AsyncGenerator<Uint8Array, void>;
  readonly #outcome = Promise.withResolvers<void>();
  /** Bytes of the files that are done. */
  #done = 0;
  #current: { readonly stream: TextStream; readonly size: number } | undefined;

  constructor(
    label: string,
    files: readonly TextFile[],
    field: string,
    fields: readonly SourceField[],
    signal: AbortSignal | undefined,
  ) {
    this.#label = label;
    this.#files = files;
    this.#field = field;
    this.#fields = fields;
    this.marked = files.some(({ format }) => format === 'ndjson');
    const stop = () => this.#controller.abort();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    this.finished = this.#outcome.promise.finally(() => signal?.removeEventListener('abort', stop));
    // Whoever reads the input learns of a failure when it ends; nobody may be waiting yet.
    this.finished.catch(() => {});
    this.#blocks = this.#run();
    this.input = { kind: 'blocks', blocks: this.#blocks };
  }

  progress(): number | undefined {
    const sizes = this.#files.map(({ size }) => size);
    if (sizes.includes(undefined)) return sizes.length === 1 ? this.#current?.stream.progress() : undefined;
    const total = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    const current = this.#current ? (this.#current.stream.progress() ?? 0) * this.#current.size : 0;
    return total === 0 ? undefined : Math.min(1, (this.#done + current) / total);
  }

  async close(): Promise<void> {
    this.#controller.abort();
    await this.#blocks.return();
    // Without effect when the scan has come to an end of its own.
    this.#outcome.reject(interrupted());
  }

  /** The input ends without an error of its own: `finished` tells how it went. */
  async *#run(): AsyncGenerator<Uint8Array, void> {
    try {
      let rows = 0;
      let seen = false;
      for (const file of this.#files) {
        const reader = yield* this.#read(file);
        rows += reader.rows;
        seen ||= reader.seen;
      }
      if (rows > 0 && !seen) {
        const names = this.#fields.map(({ name }) => name);
        throw fieldNotFound(names, this.#field, this.#label);
      }
      this.#outcome.resolve();
    } catch (error) {
      this.#outcome.reject(this.#controller.signal.aborted ? interrupted() : error);
    }
  }

  async *#read(file: TextFile): AsyncGenerator<Uint8Array, ValueReader> {
    this.#controller.signal.throwIfAborted();
    const { stream, table } = await file.open(this.#controller.signal);
    this.#current = { stream, size: file.size ?? 0 };
    let reader: ValueReader | undefined;
    try {
      reader = table.read(this.#field);
      for await (const block of stream.blocks) {
        this.#controller.signal.throwIfAborted();
        yield* reader.push(block);
      }
      // A stream that was closed ends like one that was read to its end.
      this.#controller.signal.throwIfAborted();
      yield* reader.end();
      return reader;
    } catch (error) {
      if (error instanceof RowFault) throw rowError(error, stream, table.fields.length);
      if (error instanceof UndecodableBytes) {
        throw encodingError(file.name, (reader?.rows ?? 0) + 1, stream.encoding);
      }
      throw error;
    } finally {
      await stream.close();
      this.#done += this.#current.size;
      this.#current = undefined;
    }
  }
}

function interrupted(): LineupError {
  return new LineupError('interrupted', 'The scan was stopped.');
}
