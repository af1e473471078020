/** A source in memory: its members, in blocks of a few values, with what goes wrong while it is read. */
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { Scan, Source } from '../../src/sources/source.ts';
import type { Process } from '../engine/process.ts';
import type { Values } from './plan.ts';
import type { SourceAwayFault } from './planned-faults.ts';

/** Small, so that much can happen between two of them. */
const BLOCK = 5;

/** The values of a field. */
export interface FieldPlan extends Values {
  readonly name: string;
  /** Whether a member may have several values, with bars between them. @default one */
  readonly isList?: boolean | undefined;
}

interface Members {
  /** All have the same changes. */
  readonly fields: readonly FieldPlan[];
  /** Whether a scan can go on in the middle. */
  readonly resumable: boolean;
  /** How many values of each field come together. @default 5 */
  readonly block?: number | undefined;
}

/** Members that change at any moment, and not at scans. */
export interface Changing {
  /** Which of the versions of the plan it has, from 0. Others are counted from the first one again. */
  readonly version: number;
  readonly onScan: () => void;
}

/** The source of one job, over the whole history. */
export class SourceWorld {
  readonly #plan: Members;
  readonly #breaks: readonly { readonly scan: number; readonly block: number }[];
  readonly #aways: readonly SourceAwayFault[];
  /** Scans so far, of all processes. */
  scans = 0;
  /** Scans that broke off. */
  broken = 0;
  /** Scans that found nothing. */
  away = 0;
  #isCalm = false;
  #version = -1;
  #changing: Changing | undefined;

  constructor(
    plan: Members,
    breaks: readonly { readonly scan: number; readonly block: number }[],
    aways: readonly SourceAwayFault[] = [],
  ) {
    this.#plan = plan;
    this.#breaks = breaks;
    this.#aways = aways;
  }

  get #changes(): Values['changes'] {
    return this.#plan.fields[0]?.changes ?? [];
  }

  /** Its members are those of the change with this number. -1: the first ones. */
  get version(): number {
    return this.#changing ? (this.#changing.version % (this.#changes.length + 1)) - 1 : this.#version;
  }

  /** Its members change from now on as this says. */
  follow(changing: Changing): void {
    this.#changing = changing;
  }

  /** How often it had other members at a scan than before. */
  get changes(): number {
    return this.version + 1;
  }

  /** The members that a scan finds now. */
  get members(): readonly string[] {
    return this.valuesOf(0);
  }

  /** The values of one field that a scan finds now. @param field from 0 */
  valuesOf(field: number): readonly string[] {
    const values = this.#plan.fields[field];
    return values?.changes[this.version]?.members ?? values?.members ?? [];
  }

  /** Whether anybody can have a value of the field. */
  has(name: string): boolean {
    return this.#plan.fields.some((field) => field.name === name && field.members.length > 0);
  }

  /**
   * Nothing breaks any more, and the members stay as they are: a worker that wakes up late may scan once more for
   * nothing.
   */
  calm(): void {
    this.#isCalm = true;
  }

  breaksAt(scan: number, block: number): boolean {
    return !this.#isCalm && this.#breaks.some((fault) => fault.scan === scan && fault.block === block);
  }

  /** @param onScan called when a scan has begun, with the members that it finds */
  open(process: Process, onScan: () => void = () => {}): Source {
    return {
      label: 'members',
      fields: async () => this.#plan.fields.map(({ name, isList = false }) => ({ name, type: 'text', list: isList })),
      preview: async () => [],
      scan: (names, signal, from) =>
        process.operation('open source', () => {
          const all = this.#plan.fields.map(({ name }) => name);
          const scan = this.#scan(
            process,
            names.map((name) => all.indexOf(name)),
            signal,
            from,
          );
          onScan();
          return scan;
        }),
      close: async () => {},
    };
  }

  #assertThere(): void {
    const isAway = ({ scan, count }: SourceAwayFault) => this.scans >= scan && this.scans < scan + count;
    const fault = this.#isCalm ? undefined : this.#aways.find(isAway);
    if (fault === undefined) return;
    this.away += 1;
    throw new LineupError(fault.code, `The source is not there (${fault.code}).`);
  }

  #scan(process: Process, fields: readonly number[], signal: AbortSignal | undefined, from: string | undefined): Scan {
    this.scans += 1;
    this.#assertThere();
    if (!this.#isCalm) this.#version = this.#changes.findLastIndex((change) => this.scans >= change.scan);
    const { scans: scan } = this;
    const values = fields.map((field) => this.valuesOf(field));
    const marked = fields.map((field) => this.#plan.fields[field]?.isList === true);
    const { block: blockSize = BLOCK } = this.#plan;
    // The fields of a list have different numbers of values.
    const size = Math.max(0, ...values.map(({ length }) => length));
    const version = String(this.version);
    const begin = from === undefined ? 0 : Number(from.split('/')[0]);
    // A place of another version of the members is not valid any more.
    const isExpired = from !== undefined && from.split('/')[1] !== version;
    const finished = Promise.withResolvers<void>();
    finished.promise.catch(() => {});
    let at = begin;
    let column = 0;
    let isClosed = false;
    const source = this;
    this.#changing?.onScan();
    async function* blocks(): AsyncGenerator<Uint8Array, void> {
      try {
        if (isExpired) throw new LineupError('source_expired', 'The place is not valid any more.');
        for (let block = 0; at < size && !isClosed; block += 1) {
          await process.operation('read source', () => {
            signal?.throwIfAborted();
            if (!source.breaksAt(scan, block)) return;
            source.broken += 1;
            throw new LineupError('source_failed', 'The source broke off.', { retryable: true });
          });
          const from = at;
          for (const [n, all] of values.entries()) {
            column = n;
            // Only after the last field, all of them have the same members.
            if (n === values.length - 1) at = Math.min(size, from + blockSize);
            yield Buffer.from(
              all
                .slice(from, from + blockSize)
                .map(marked[n] ? asRecords : asRecord)
                .join(''),
            );
          }
        }
        finished.resolve();
      } catch (error) {
        finished.reject(error);
        throw error;
      }
    }
    return {
      marked,
      column: () => column,
      blocks: blocks(),
      finished: finished.promise,
      progress: () => (size === 0 ? 1 : at / size),
      ...(this.#plan.resumable && {
        place: () => (column === fields.length - 1 ? `${at}/${version}` : undefined),
      }),
      close: async () => {
        isClosed = true;
        finished.reject(new LineupError('interrupted', 'The scan was closed.'));
      },
    };
  }
}

const asRecord = (value: string): string =>
  /^[^"\n\r]*$/.test(value) && !value.startsWith('"') ? `${value}\n` : `"${value.replaceAll('"', '""')}"\n`;

/** A member of a list: each value has a mark, and the first one another. */
const asRecords = (values: string): string =>
  values
    .split('|')
    .map((value, n) => asRecord(`${n === 0 ? '+' : '.'}${value}`))
    .join('');
