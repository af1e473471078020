/** A source that is open in a reader process. It implements the contract of sources, and reports the death of the reader. */

import type { Sentence } from '../../contracts/sentence.ts';
import type { FileReading } from '../../contracts/sources.ts';
import type { PreviewRow, Scan, Source, SourceField } from '../../sources/source.ts';
import type { Answer, CommandInput } from '../protocol.ts';
import type { ReaderProcess } from './reader-process.ts';
import { type ReadObserver, RemoteScan, type SourceWork } from './remote-scan.ts';

export class RemoteSource implements Source {
  readonly label: string;
  readonly readOnce: boolean;
  readonly notice: Sentence | undefined;
  readonly reading: FileReading | undefined;
  readonly #reader: ReaderProcess;
  readonly #witness: ReadObserver;
  readonly #giveBack: () => void;
  #scan: Scan | undefined;
  #closed = false;

  private constructor(
    reader: ReaderProcess,
    { label, readOnce, notice, reading }: Answer<'open'>,
    witness: ReadObserver,
    giveBack: () => void,
  ) {
    this.label = label;
    this.readOnce = readOnce;
    this.notice = notice ?? undefined;
    this.reading = reading ?? undefined;
    this.#reader = reader;
    this.#witness = witness;
    this.#giveBack = giveBack;
  }

  /** @param giveBack releases the reader: called once, also when opening fails */
  static async open(
    reader: ReaderProcess,
    asked: CommandInput<'open'>,
    signal: AbortSignal,
    witness: ReadObserver,
    giveBack: () => void,
  ): Promise<RemoteSource> {
    try {
      return new RemoteSource(reader, await reader.ask('open', asked, signal), witness, giveBack);
    } catch (error) {
      giveBack();
      throw await witness.explain(error, 'fields');
    }
  }

  fields(signal?: AbortSignal): Promise<SourceField[]> {
    return this.#work('fields', () => this.#reader.ask('fields', {}, signal));
  }

  preview(field: string, limit: number, signal?: AbortSignal): Promise<PreviewRow[]> {
    return this.#work('preview', () => this.#reader.ask('preview', { field, limit }, signal));
  }

  async scan(field: string, signal?: AbortSignal, from?: string): Promise<Scan> {
    // Only one scan can use the pipe at a time.
    await this.#scan?.close();
    const { id, answer } = this.#reader.begin('scan', { field, ...(from !== undefined && { from }) }, signal);
    const begun = await answer.catch(async (error: unknown) => {
      throw await this.#witness.explain(error, 'scan');
    });
    this.#scan = new RemoteScan(this.#reader, { id, ...begun }, this.#witness, signal);
    return this.#scan;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#scan?.close();
    // A reader that cannot close its source is killed.
    const timeIsUp = AbortSignal.timeout(CLOSE_MS);
    await this.#reader.ask('close', {}, timeIsUp).catch(() => this.#reader.kill());
    this.#giveBack();
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
