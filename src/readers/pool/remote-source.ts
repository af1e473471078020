/**
 * A source that is open in a reader process, and its scans. It implements the contract of sources, and reports the
 * death of the reader.
 */

import type { FileReading, SampledOutcome } from '../../contracts/sources.ts';
import type { Sentence } from '../../domain/text/sentence.ts';
import { BlockScan } from '../../sources/scans.ts';
import type { JudgedValues, PreviewRow, Scan, Source, SourceField } from '../../sources/source.ts';
import { readJudged } from '../judged-values.ts';
import { type Answer, type CommandInput, deserializeError } from '../protocol.ts';
import type { ReaderProcess } from './reader-process.ts';

export class RemoteSource implements Source {
  readonly label: string;
  readonly readOnce: boolean;
  readonly notice: Sentence | undefined;
  readonly reading: FileReading | undefined;
  readonly isQuery: boolean;
  readonly scanHashes?: Source['scanHashes'];
  readonly #reader: ReaderProcess;
  readonly #witness: ReadObserver;
  readonly #release: () => void;
  #scan: Scan | undefined;
  #closed = false;

  private constructor(
    reader: ReaderProcess,
    { label, readOnce, notice, reading, isQuery, hashes }: Answer<'open'>,
    witness: ReadObserver,
    release: () => void,
  ) {
    this.label = label;
    this.readOnce = readOnce;
    this.notice = notice ?? undefined;
    this.reading = reading ?? undefined;
    this.isQuery = isQuery;
    if (hashes) this.scanHashes = (hashed, signal) => this.#begin({ hashed }, signal);
    this.#reader = reader;
    this.#witness = witness;
    this.#release = release;
  }

  /** @param release releases the reader: called once, also when opening fails */
  static async open(
    reader: ReaderProcess,
    asked: CommandInput<'open'>,
    signal: AbortSignal,
    witness: ReadObserver,
    release: () => void,
  ): Promise<RemoteSource> {
    try {
      return new RemoteSource(reader, await reader.call('open', asked, signal), witness, release);
    } catch (error) {
      release();
      throw await witness.explain(error, 'fields');
    }
  }

  fields(signal?: AbortSignal): Promise<SourceField[]> {
    return this.#work('fields', () => this.#reader.call('fields', {}, signal));
  }

  /** Nothing for a query: its values show whatever its author wants. */
  preview(field: string, limit: number, signal?: AbortSignal): Promise<PreviewRow[]> {
    return this.#work('preview', () => this.#reader.call('preview', { field, limit }, signal));
  }

  /** What the rules make of the values for the first members. */
  outcomes(asked: CommandInput<'outcomes'>, signal?: AbortSignal): Promise<readonly SampledOutcome[]> {
    return this.#work('preview', () => this.#reader.call('outcomes', asked, signal));
  }

  scan(fields: readonly string[], signal?: AbortSignal, from?: string): Promise<Scan> {
    return this.#begin({ fields, ...(from !== undefined && { from }) }, signal);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#scan?.close();
    // A reader that cannot close its source is killed.
    const timeIsUp = AbortSignal.timeout(CLOSE_MS);
    await this.#reader.call('close', {}, timeIsUp).catch(() => this.#reader.kill());
    this.#release();
  }

  async #begin(asked: CommandInput<'scan'>, signal?: AbortSignal): Promise<Scan> {
    // Only one scan can use the pipe at a time.
    await this.#scan?.close();
    const { id, answer } = this.#reader.begin('scan', asked, signal);
    const begun = await answer.catch(async (error: unknown) => {
      throw await this.#witness.explain(error, 'scan');
    });
    const hashes = 'hashed' in asked;
    this.#scan = new RemoteScan(this.#reader, { ...begun, id, hashes, ofQuery: this.isQuery }, this.#witness, signal);
    return this.#scan;
  }

  async #work<T>(during: SourceWork, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      await this.#witness.worked(during);
      return result;
    } catch (error) {
      throw await this.#witness.explain(error, during);
    }
  }
}

const CLOSE_MS = 5_000;

/** Observes the work of a reader on a source. */
export interface ReadObserver {
  /** @returns the error for people. If the reader died, the death is stored first. */
  explain(error: unknown, during: SourceWork): Promise<unknown>;
  /** The work succeeded. */
  worked(during: SourceWork): Promise<void>;
}

/** The kinds of work on a source. */
export type SourceWork = 'audiences' | 'verify' | 'latest' | 'fields' | 'preview' | 'scan';

export interface BegunScan {
  /** The id of the command that started it. */
  readonly id: number;
  readonly marked: readonly boolean[];
  readonly places: boolean;
  /** Whether the source judges and hashes the values. */
  readonly hashes: boolean;
  readonly ofQuery?: boolean;
}

export class RemoteScan implements Scan {
  readonly marked: readonly boolean[];
  readonly ofQuery: boolean;
  readonly blocks: AsyncIterable<Uint8Array>;
  readonly finished: Promise<void>;
  readonly progress: () => number | undefined;
  readonly place?: () => string | undefined;
  readonly judged?: () => readonly JudgedValues[];
  readonly #reader: ReaderProcess;
  readonly #id: number;
  readonly #scan: BlockScan;
  /** Whether the reader and the pipe contain nothing more of this scan. */
  #over = false;
  #column = 0;
  #place: string | undefined;
  #judged: readonly JudgedValues[] = [];

  constructor(
    reader: ReaderProcess,
    { id, marked, places, hashes, ofQuery = false }: BegunScan,
    witness: ReadObserver,
    signal?: AbortSignal,
  ) {
    this.#reader = reader;
    this.#id = id;
    this.marked = marked;
    this.ofQuery = ofQuery;
    if (places) this.place = () => this.#place;
    if (hashes) this.judged = () => this.#judged;
    this.#scan = new BlockScan({
      marked,
      blocks: (stop) => this.#read(stop, witness),
      progress: () => reader.progress(id),
      signal,
    });
    this.blocks = this.#scan.blocks;
    this.finished = this.#scan.finished;
    this.progress = this.#scan.progress;
  }

  column(): number {
    return this.#column;
  }

  async close(): Promise<void> {
    await this.#scan.close();
    // Reads the rest: the reader waits for space in the pipe before it can end its scan.
    this.#stop();
    // The reader of the blocks has already got any error of the scan.
    while (!this.#over) await this.#next().catch(() => {});
  }

  async *#read(signal: AbortSignal, witness: ReadObserver): AsyncGenerator<Uint8Array, void> {
    const stop = () => this.#stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for (;;) {
        const part = await this.#next();
        if ('bytes' in part) {
          if (part.column >= this.marked.length) throw new Error('a block of a reader belongs to no field');
          this.#column = part.column;
          this.#place = part.place;
          yield part.bytes;
        } else if (part.ended.failure) {
          throw deserializeError(part.ended.failure);
        } else {
          if (this.judged) this.#judged = readJudged(part.ended.judged, this.marked.length);
          return await witness.worked('scan');
        }
      }
    } catch (error) {
      throw await witness.explain(error, 'scan');
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #next() {
    try {
      const part = await this.#reader.frames.next();
      if ('ended' in part) this.#end();
      return part;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #stop(): void {
    if (!this.#over) this.#reader.stop(this.#id);
  }

  #end(): void {
    this.#over = true;
    this.#reader.stopped(this.#id);
  }
}
