import { type InvalidReason, invalidReasons } from '../rules.ts';

/**
 * How many values had which outcome. At the end of the stream, `scanned = missing + Σ invalid + duplicates + unique`.
 *
 * @example
 * import { type BulkCounts, BulkHasher } from '@lineup/identifiers/bulk';
 *
 * const hasher = await BulkHasher.create({ type: 'email' });
 * hasher.write(new TextEncoder().encode('taro@example.com\nnobody\n'));
 * hasher.end();
 * const counts: BulkCounts = hasher.counts();
 * console.log(counts.unique, counts.invalid, counts.invalidRows); // 1 { not_an_email: 1 } { not_an_email: [ 2 ] }
 */
export interface KernelCounts {
  readonly rows: number;
  readonly scanned: number;
  readonly missing: number;
  readonly prehashed: number;
  readonly hashed: number;
  readonly raw: number;
  readonly duplicates: number;
  readonly unique: number;
  /** Phone numbers that are sent with a leading 0: they have no country code. */
  readonly leadingZero: number;
  readonly upperCase: number;
  /** Phone numbers that are sent without the `.0` that a spreadsheet had added. */
  readonly repaired: number;
  /** Phone numbers that are invalid because a spreadsheet wrote them with an exponent. */
  readonly digitsLost: number;
  /** Phone numbers that are sent without a country code, although they are national numbers of the presumed country. */
  readonly looksNational: number;
  /** Only reasons that occurred. */
  readonly invalid: Partial<Record<InvalidReason, number>>;
  /** The first ten row numbers for each reason. */
  readonly invalidRows: Partial<Record<InvalidReason, number[]>>;
}

export const COUNTERS = ['rows', 'scanned', 'missing', 'prehashed', 'hashed', 'raw', 'duplicates', 'unique'] as const;
const FINDINGS = ['leadingZero', 'upperCase', 'repaired', 'digitsLost', 'looksNational'] as const;

/** How many values of an audience are valid, and got no line. Each counts, also a repeated one. */
export interface LeftOut {
  /** For each list, in the order of the lists. A value on several counts for the first. */
  readonly suppressed: readonly number[];
  readonly heldOut: number;
  /** On the erasure list, and on no other one. */
  readonly erased: number;
}

/** How many row numbers are kept for each reason. */
export const SAMPLE = 10;

/** Where the kernel has its counters and its samples, as in outcomes.as.ts. */
export interface CountsPlace {
  readonly counters: number;
  readonly samples: number;
}

/** How many values were taken so far, never more than rows can have. Cheap enough for a display. */
export function readProgress(
  buffer: ArrayBufferLike,
  place: CountsPlace,
): { rows: number; scanned: number; unique: number } {
  const counters = new BigUint64Array(buffer, place.counters, COUNTERS.length);
  // Meanwhile other threads may count the next block: its rows first. So the rows are read last.
  const unique = Number(counters[7]);
  const scanned = Number(counters[1]);
  return { rows: Number(counters[0]), scanned, unique };
}

/** The counts so far. */
export function readCounts(buffer: ArrayBufferLike, place: CountsPlace): KernelCounts {
  const length = COUNTERS.length + FINDINGS.length + invalidReasons.length;
  const counters = [...new BigUint64Array(buffer, place.counters, length)].map(Number);
  const samples = new BigUint64Array(buffer, place.samples, invalidReasons.length * SAMPLE);
  const take = <Name extends string>(names: readonly Name[]) =>
    Object.fromEntries(names.map((name) => [name, counters.shift() ?? 0])) as Record<Name, number>;
  const plain = { ...take(COUNTERS), ...take(FINDINGS) };
  const invalid: Partial<Record<InvalidReason, number>> = {};
  const invalidRows: Partial<Record<InvalidReason, number[]>> = {};
  invalidReasons.forEach((reason, index) => {
    const count = counters[index] ?? 0;
    if (count === 0) return;
    invalid[reason] = count;
    invalidRows[reason] = [...samples.subarray(index * SAMPLE, index * SAMPLE + Math.min(count, SAMPLE))].map(Number);
  });
  return { ...plain, invalid, invalidRows };
}

/** Behind the counters of `readCounts`, as in outcomes.as.ts. */
const leftOutAt = ({ counters }: CountsPlace): number =>
  counters + (COUNTERS.length + FINDINGS.length + invalidReasons.length) * 8;

/** The counts so far. */
export function readLeftOut(buffer: ArrayBufferLike, place: CountsPlace): LeftOut {
  const [heldOut = 0, , ...lists] = [...new BigUint64Array(buffer, leftOutAt(place), 18)].map(Number);
  return { heldOut, suppressed: lists.slice(0, 15), erased: lists[15] ?? 0 };
}

/** The sum of the fingerprints of a list. */
export const readListSum = (buffer: ArrayBufferLike, place: CountsPlace): string =>
  String(new BigUint64Array(buffer, leftOutAt(place) + 8, 1)[0]);
