/**
 * Reads the result of the statement of hashes (statement.ts), and makes the value streams of a scan of it: each hash as
 * often as it occurs. The rest is counted.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { BlockScan } from '../scans.ts';
import type { JudgedValues, Scan } from '../source.ts';
import { Hashed, reasons, Skipped } from './kinds.ts';

const LF = 10;
const COLON = 58;
const HASH_LENGTH = 64;
/** A field, a kind, a hash, a colon, 15 digits and LF. */
const LONGEST_ROW = 2 + HASH_LENGTH + 1 + 15 + 1;
const BLOCK_BYTES = 64 << 10;

export interface HashScanOptions {
  /** How many fields the statement has. */
  readonly fields: number;
  /** Gives the rows of the statement, each with LF. Blocks may end anywhere. Ends early when the signal aborts. */
  readonly rows: (signal: AbortSignal) => AsyncGenerator<Uint8Array, void>;
  /** The name of the source for people. */
  readonly label: string;
  readonly signal: AbortSignal | undefined;
}

/** The scan of hashes. A row that the statement cannot have ends it with `source_failed`. */
export function hashScan({ fields, rows, label, signal }: HashScanOptions): Scan {
  const reader = new OutcomeReader(fields);
  const scan = new BlockScan({
    marked: new Array<boolean>(fields).fill(false),
    column: () => reader.column,
    // No progress: the database has done most of its work before the first row comes.
    blocks: async function* (stop) {
      try {
        for await (const block of rows(stop)) yield* reader.push(block);
        yield* reader.end();
      } catch (error) {
        throw error instanceof OutcomeError ? notUnderstood(label) : error;
      }
    },
    ...(signal && { signal }),
  });
  return Object.assign(scan, { judged: () => reader.judged() });
}

const notUnderstood = (label: string): LineupError =>
  new LineupError(
    'source_failed',
    sentence`The database gave something else than hashes for ${label}. If a program stands between Lineup and the database, it may change results.`,
  );

export class OutcomeError extends Error {}

/** The letters by their byte: what they mean, and whether the value is a further one of its member. */
interface Kind {
  readonly hashed: boolean;
  readonly reason: string | null;
  readonly letter: string;
  readonly further: boolean;
}

const KINDS: (Kind | undefined)[] = [];
for (const letter of [...Object.values(Hashed), ...Object.keys(reasons)]) {
  for (const further of [false, true]) {
    const byte = (further ? letter.toUpperCase() : letter).charCodeAt(0);
    KINDS[byte] = { hashed: !(letter in reasons), reason: reasons[letter] ?? null, letter, further };
  }
}

const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1;

type Counts = { -readonly [Name in Exclude<keyof JudgedValues, 'invalid'>]: number } & {
  invalid: Record<string, number>;
};

export class OutcomeReader {
  /** To which field the block given last belongs: its index. */
  column = 0;
  readonly #counts: readonly Counts[];
  /** The beginning of a row that the next block continues. */
  readonly #kept = new Uint8Array(LONGEST_ROW);
  #keptLength = 0;
  readonly #out: { readonly bytes: Uint8Array; length: number }[];

  constructor(fields: number) {
    this.#counts = Array.from({ length: fields }, () => ({
      missing: 0,
      invalid: {},
      hashed: 0,
      further: 0,
      leadingZero: 0,
      repaired: 0,
      digitsLost: 0,
      looksNational: 0,
    }));
    this.#out = this.#counts.map(() => ({ bytes: new Uint8Array(BLOCK_BYTES), length: 0 }));
  }

  judged(): readonly JudgedValues[] {
    return this.#counts.map((counts) => ({ ...counts, invalid: { ...counts.invalid } }));
  }

  /** Each block is valid until the next one is requested. @throws {OutcomeError} */
  *push(block: Uint8Array): Generator<Uint8Array, void> {
    let at = 0;
    if (this.#keptLength > 0) {
      const end = block.indexOf(LF);
      const part = end === -1 ? block : block.subarray(0, end + 1);
      this.#keep(part);
      at = part.length;
      if (end === -1) return;
      const length = this.#keptLength;
      this.#keptLength = 0;
      yield* this.#row(this.#kept, 0, length - 1);
    }
    while (at < block.length) {
      const end = block.indexOf(LF, at);
      if (end === -1) break;
      yield* this.#row(block, at, end);
      at = end + 1;
    }
    if (at < block.length) this.#keep(block.subarray(at));
  }

  /** Gives the rest. @throws {OutcomeError} */
  *end(): Generator<Uint8Array, void> {
    if (this.#keptLength > 0) throw new OutcomeError();
    for (const [field, { length }] of this.#out.entries()) if (length > 0) yield this.#take(field);
  }

  #keep(bytes: Uint8Array): void {
    if (this.#keptLength + bytes.length > LONGEST_ROW) throw new OutcomeError();
    this.#kept.set(bytes, this.#keptLength);
    this.#keptLength += bytes.length;
  }

  /** @param end where the LF is */
  *#row(bytes: Uint8Array, start: number, end: number): Generator<Uint8Array, void> {
    const field = bytes[start]! - 0x30;
    const kind = KINDS[bytes[start + 1]!];
    const counts = this.#counts[field];
    if (end - start < 2 || !counts || !kind) throw new OutcomeError();
    const afterHash = start + 2 + (kind.hashed ? HASH_LENGTH : 0);
    const times = countOf(bytes, afterHash, end);
    if (kind.further) counts.further += times;
    if (!kind.hashed) {
      count(counts, kind, times);
      return;
    }
    for (let at = start + 2; at < afterHash; at++) if (HEX[bytes[at]!] === 0) throw new OutcomeError();
    countHashed(counts, kind, times);
    const out = this.#out[field]!;
    for (let n = 0; n < times; n++) {
      if (out.length + HASH_LENGTH + 1 > BLOCK_BYTES) yield this.#take(field);
      out.bytes.set(bytes.subarray(start + 2, afterHash), out.length);
      out.bytes[out.length + HASH_LENGTH] = LF;
      out.length += HASH_LENGTH + 1;
    }
  }

  #take(field: number): Uint8Array {
    const out = this.#out[field]!;
    const block = out.bytes.subarray(0, out.length);
    out.length = 0;
    this.column = field;
    return block;
  }
}

/** The count behind the hash, or 1. @throws {OutcomeError} */
function countOf(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 1;
  if (bytes[start] !== COLON || start + 1 === end || end - start > 16) throw new OutcomeError();
  let times = 0;
  for (let at = start + 1; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) throw new OutcomeError();
    times = times * 10 + digit;
  }
  return times;
}

function count(counts: Counts, { reason, letter }: Kind, times: number): void {
  if (reason === null) counts.missing += times;
  else counts.invalid[reason] = (counts.invalid[reason] ?? 0) + times;
  if (letter === Skipped.digitsLost) counts.digitsLost += times;
}

const repairedLetters: readonly string[] = [Hashed.repaired, Hashed.repairedLeadingZero, Hashed.repairedLooksNational];

function countHashed(counts: Counts, { letter }: Kind, times: number): void {
  if (letter !== Hashed.before) counts.hashed += times;
  if (letter === Hashed.leadingZero || letter === Hashed.repairedLeadingZero) counts.leadingZero += times;
  if (letter === Hashed.looksNational || letter === Hashed.repairedLooksNational) counts.looksNational += times;
  if (repairedLetters.includes(letter)) counts.repaired += times;
}
