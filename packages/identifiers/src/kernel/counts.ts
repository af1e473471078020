import type { InvalidReason } from '../rules.ts';

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
  /** Phone numbers that are sent with a leading 0, because there was no default country. */
  readonly leadingZero: number;
  readonly upperCase: number;
  /** Phone numbers that are sent without the `.0` that a spreadsheet had added. */
  readonly repaired: number;
  /** Phone numbers that are invalid because a spreadsheet wrote them with an exponent. */
  readonly digitsLost: number;
  /** Only reasons that occurred. */
  readonly invalid: Partial<Record<InvalidReason, number>>;
  /** The first ten row numbers for each reason. */
  readonly invalidRows: Partial<Record<InvalidReason, number[]>>;
}
