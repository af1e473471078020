/**
 * A model of the kernel that a reader can check: strings, `normalize` and a Set. The kernel must give the same result
 * for any stream of bytes.
 */
import { createHash, createHmac } from 'node:crypto';
import type { KernelCounts, LeftOut } from '../src/kernel/counts.ts';
import type { KernelOptions } from '../src/kernel/instance.ts';
import { KernelStatus } from '../src/kernel/kernel.ts';
import { type SharedMemory, sharedKernel } from '../src/kernel/module.ts';
import { judge, normalize } from '../src/normalize.ts';
import { LENGTHS, type NumberClasses, Rule } from '../src/phone-classes/class-rules.ts';
import type { InvalidReason } from '../src/rules.ts';

export interface Outcome {
  readonly lines: string[];
  /** The number of records of each chunk. */
  readonly chunks: number[];
  readonly counts: KernelCounts;
  readonly leftOut: LeftOut;
}

/** A list of people who must not be in the audience. */
export interface List {
  readonly marked: boolean;
  readonly stream: Uint8Array;
}

export const unlimited = { maxChunkRecords: 1_000_000, maxChunkBytes: 60_000_000 };

/** Gives the lists and then the blocks to a kernel, one after another, with any sizes. */
export function runKernel(
  options: KernelOptions,
  blocks: Iterable<Uint8Array>,
  memory?: SharedMemory,
  lists: readonly List[] = [],
): Outcome {
  // Without lists, the very object: a test counts how often the kernel reads it.
  const kernel = sharedKernel(lists.length > 0 ? { ...options, hasLists: true } : options, memory);
  const chunks: number[] = [];
  let text = '';
  const takeOutput = () => {
    text += Buffer.from(kernel.output()).toString('latin1');
    kernel.writeTo(0);
  };
  const feed = (pieces: Iterable<Uint8Array>) => runStream(kernel, pieces, takeOutput, chunks);
  lists.forEach(({ marked, stream }, index) => {
    kernel.beginStream(index + 1, marked);
    feed([stream]);
  });
  if (lists.length > 0) kernel.beginStream(0, options.marked);
  feed(blocks);
  takeOutput();
  if (kernel.chunkRecords > 0) chunks.push(kernel.chunkRecords);
  return {
    lines: text.split('\n').slice(0, -1),
    chunks,
    counts: kernel.counts(),
    leftOut: leftOutBy(kernel.leftOut(), lists),
  };
}

/** Without the counts of lists that there are not. */
export const leftOutBy = ({ suppressed, ...others }: LeftOut, lists: readonly List[]): LeftOut => ({
  suppressed: suppressed.slice(0, lists.length),
  ...others,
});

/** Runs the kernel to the end of a stream. */
function runStream(
  kernel: ReturnType<typeof sharedKernel>,
  pieces: Iterable<Uint8Array>,
  takeOutput: () => void,
  chunks: number[],
): void {
  const source = pieces[Symbol.iterator]();
  let rest: Uint8Array = new Uint8Array();
  for (;;) {
    const status = kernel.run();
    if (status === KernelStatus.NeedsInput) {
      while (rest.length === 0) {
        const next = source.next();
        if (next.done) break;
        rest = next.value;
      }
      const room = kernel.input();
      const length = Math.min(room.length, rest.length);
      room.set(rest.subarray(0, length));
      rest = rest.subarray(length);
      kernel.take(length);
    } else if (status === KernelStatus.OutputFull) {
      takeOutput();
    } else if (status === KernelStatus.ChunkFull) {
      takeOutput();
      chunks.push(kernel.chunkRecords);
      kernel.startChunk();
    } else if (status === KernelStatus.Ended) {
      return;
    } else {
      throw new Error(`kernel status ${status}`);
    }
  }
}

/** The same with the model. @param isList it may have hashes beside raw ids, also where the audience may not */
export function runModel(
  options: KernelOptions,
  stream: Uint8Array,
  lists: readonly List[] = [],
  isList = false,
): Outcome {
  const suppressed = Array<number>(lists.length).fill(0);
  let heldOut = 0;
  let erased = 0;
  const listOf = new Map<string, number>();
  lists.forEach(({ marked, stream: members }, index) => {
    const own = { ...options, holdOut: undefined, erased: undefined, marked };
    for (const line of runModel(own, members, [], true).lines) {
      if (!listOf.has(personOf(line))) listOf.set(personOf(line), index);
    }
  });
  const counts = {
    rows: 0,
    scanned: 0,
    missing: 0,
    prehashed: 0,
    hashed: 0,
    raw: 0,
    duplicates: 0,
    unique: 0,
    leadingZero: 0,
    upperCase: 0,
    repaired: 0,
    digitsLost: 0,
    looksNational: 0,
    invalid: {} as Partial<Record<InvalidReason, number>>,
    invalidRows: {} as Partial<Record<InvalidReason, number[]>>,
  };
  const seen = new Set<string>();
  const lines: string[] = [];
  for (const record of records(stream)) {
    let value = record;
    if (options.marked) {
      if (record[0] === 0x2b) counts.rows++;
      else if (record[0] !== 0x2e) throw new Error('a value without its mark');
      value = record.subarray(1);
    } else {
      counts.rows++;
    }
    counts.scanned++;
    const text = value.toString('utf8');
    const outcome = isList ? judge(text, options, true) : normalize(text, options);
    if (outcome.state === 'missing') {
      counts.missing++;
    } else if (outcome.state === 'invalid') {
      const { reason } = outcome;
      if (outcome.digitsLost) counts.digitsLost++;
      counts.invalid[reason] = (counts.invalid[reason] ?? 0) + 1;
      counts.invalidRows[reason] ??= [];
      if (counts.invalidRows[reason].length < 10) counts.invalidRows[reason].push(counts.rows);
    } else {
      counts[outcome.state]++;
      if (outcome.state === 'prehashed' && /[A-F]/.test(outcome.output)) counts.upperCase++;
      if (outcome.state === 'hashed' && outcome.repaired) counts.repaired++;
      if (outcome.state === 'hashed' && options.type === 'phone') {
        if (outcome.normalForm.startsWith('0')) counts.leadingZero++;
        else if (looksNational(text, outcome.normalForm, options)) counts.looksNational++;
      }
      const person = personOf(outcome.output);
      const list = listOf.get(person);
      if (list !== undefined) {
        suppressed[list]!++;
      } else if (options.erased && isErased(person, options.type, options.erased)) {
        erased++;
      } else if (options.holdOut && isHeldOut(person, options.holdOut)) {
        heldOut++;
      } else if (seen.has(outcome.output.toLowerCase())) {
        counts.duplicates++;
      } else {
        seen.add(outcome.output.toLowerCase());
        counts.unique++;
        lines.push(outcome.output);
      }
    }
  }
  return { lines, chunks: cut(lines, options), counts, leftOut: { suppressed, heldOut, erased } };
}

const sha256 = (text: string) => createHash('sha256').update(text);

/** The hash of the identifier, also when it is sent raw. */
export function personOf(line: string): string {
  if (line.startsWith('U')) return sha256(line).digest('hex');
  const lower = line.toLowerCase();
  return lower.length === 64 ? lower : sha256(lower).digest('hex');
}

/**
 * Whether the calling code would come before the number, if the presumed country were the default country, and it has a
 * class.
 */
function looksNational(value: string, sent: string, { type, toE164Digits, presumedCountry }: KernelOptions) {
  if (toE164Digits || !presumedCountry || !hasClass(sent, presumedCountry.numberClasses)) return false;
  const { callingCode } = presumedCountry.numberClasses;
  const outcome = normalize(value, { type, toE164Digits: presumedCountry.toE164Digits });
  return outcome.state === 'hashed' && outcome.normalForm === callingCode + sent;
}

function hasClass(digits: string, { next, rules }: NumberClasses): boolean {
  const state = [...digits].reduce((from, digit) => next[from * 16 + Number(digit)]!, 0);
  return digits.length < LENGTHS && rules[state * LENGTHS + digits.length] !== Rule.NoClass;
}

function isHeldOut(hash: string, { experiment, below }: NonNullable<KernelOptions['holdOut']>): boolean {
  return sha256(`${experiment}:${hash}`).digest().readUInt32BE() < below;
}

function isErased(hash: string, type: string, { key, hashes }: NonNullable<KernelOptions['erased']>): boolean {
  const wanted = keyedHash(key, type, hash);
  for (let at = 0; at < hashes.length; at += 32) {
    if (wanted.equals(hashes.subarray(at, at + 32))) return true;
  }
  return false;
}

/** As an erasure list has it. */
export const keyedHash = (key: Uint8Array, type: string, hash: string): Buffer =>
  createHmac('sha256', key).update(`${type}:`).update(Buffer.from(hash, 'hex')).digest();

/** The contents of the records of a value stream, unquoted. */
function* records(stream: Uint8Array): Generator<Buffer> {
  const text = Buffer.from(stream).toString('latin1');
  for (let at = 0; at < text.length; ) {
    let content = '';
    let end = at;
    if (text[at] === '"') {
      for (let from = at + 1; ; ) {
        const quote = indexOrEnd(text, '"', from);
        content += text.slice(from, quote);
        end = quote + 1;
        if (text[quote + 1] !== '"') break;
        content += '"';
        from = quote + 2;
      }
    }
    const lineEnd = indexOrEnd(text, '\n', end);
    content += text.slice(end, lineEnd);
    yield Buffer.from(content, 'latin1');
    at = lineEnd + 1;
  }
}

function indexOrEnd(text: string, wanted: string, from: number): number {
  const index = text.indexOf(wanted, from);
  return index === -1 ? text.length : index;
}

function cut(lines: readonly string[], { maxChunkRecords, maxChunkBytes }: KernelOptions): number[] {
  const chunks: number[] = [];
  let bytes = 0;
  for (const line of lines) {
    if (chunks.length === 0 || chunks.at(-1) === maxChunkRecords || bytes + line.length + 1 > maxChunkBytes) {
      chunks.push(0);
      bytes = 0;
    }
    chunks[chunks.length - 1]!++;
    bytes += line.length + 1;
  }
  return chunks;
}

/** A record of the value stream. It is quoted if necessary or if requested. */
export function record(value: string | Uint8Array, quote = false): Buffer {
  const text = Buffer.from(value).toString('latin1');
  const quoted = quote || text.startsWith('"') || text.includes('\n');
  return Buffer.from(quoted ? `"${text.replaceAll('"', '""')}"\n` : `${text}\n`, 'latin1');
}

/** Everything that ECMAScript’s `trim` removes, except the byte order mark. */
export const whiteSpace = [
  ...'\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
];

/** Everything that is removed at every position. */
export const invisible = [
  ...'\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\ufeff',
];
