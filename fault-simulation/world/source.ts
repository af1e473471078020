/** A source in memory: its members, in blocks of a few values, with what goes wrong while it is read. */
import { LineupError } from '../../src/contracts/errors.ts';
import type { Scan, Source } from '../../src/sources/source.ts';
import type { Process } from '../engine/process.ts';
import type { JobPlan } from './plan.ts';

const BLOCK = 5;

type Members = Pick<JobPlan, 'members' | 'changes' | 'resumable'>;

/** The source of one job, over the whole history. */
export class SourceWorld {
  readonly #plan: Members;
  readonly #breaks: readonly { readonly scan: number; readonly block: number }[];
  /** Scans so far, of all processes. */
  scans = 0;
  /** Scans that broke off. */
  broken = 0;
  #isCalm = false;
  /** Its members are those of the change with this number. -1 for the first members. */
  #version = -1;

  constructor(plan: Members, breaks: readonly { readonly scan: number; readonly block: number }[]) {
    this.#plan = plan;
    this.#breaks = breaks;
  }

  /** How often it had other members at a scan than before. */
  get changes(): number {
    return this.#version + 1;
  }

  /** The members that a scan finds now. */
  get members(): readonly string[] {
    return this.#plan.changes[this.#version]?.members ?? this.#plan.members;
  }

  /** Nothing breaks any more, and the members stay as they are: a worker that wakes up late may scan once more for nothing. */
  calm(): void {
    this.#isCalm = true;
  }

  breaksAt(scan: number, block: number): boolean {
    return !this.#isCalm && this.#breaks.some((fault) => fault.scan === scan && fault.block === block);
  }

  open(process: Process): Source {
    return {
      label: 'members',
      fields: async () => [{ name: 'value', type: 'text', list: false }],
      preview: async () => [],
      scan: (_field, signal, from) =>
        process.operation('open source', () => this.#scan(process, signal, from)),
      close: async () => {},
    };
  }

  #scan(process: Process, signal: AbortSignal | undefined, from: string | undefined): Scan {
    this.scans += 1;
    if (!this.#isCalm)
      this.#version = this.#plan.changes.findLastIndex((change) => this.scans >= change.scan);
    const { scans: scan, members } = this;
    const version = String(this.#version);
    const begin = from === undefined ? 0 : Number(from.split('/')[0]);
    // A place of another version of the members is not valid any more.
    const isExpired = from !== undefined && from.split('/')[1] !== version;
    const finished = Promise.withResolvers<void>();
    finished.promise.catch(() => {});
    let at = begin;
    let isClosed = false;
    const source = this;
    async function* blocks(): AsyncGenerator<Uint8Array, void> {
      try {
        if (isExpired) throw new LineupError('source_expired', 'The place is not valid any more.');
        for (let block = 0; at < members.length && !isClosed; block += 1) {
          await process.operation('read source', () => {
            signal?.throwIfAborted();
            if (!source.breaksAt(scan, block)) return;
            source.broken += 1;
            throw new LineupError('source_failed', 'The source broke off.', { retryable: true });
          });
          const values = members.slice(at, at + BLOCK);
          at += values.length;
          yield Buffer.from(values.map(asRecord).join(''));
        }
        finished.resolve();
      } catch (error) {
        finished.reject(error);
        throw error;
      }
    }
    return {
      marked: [false],
      column: () => 0,
      blocks: blocks(),
      finished: finished.promise,
      progress: () => (members.length === 0 ? 1 : at / members.length),
      ...(this.#plan.resumable && { place: () => `${at}/${version}` }),
      close: async () => {
        isClosed = true;
        finished.reject(new LineupError('interrupted', 'The scan was closed.'));
      },
    };
  }
}

const asRecord = (value: string): string =>
  /^[^"\n\r]*$/.test(value) && !value.startsWith('"') ? `${value}\n` : `"${value.replaceAll('"', '""')}"\n`;
