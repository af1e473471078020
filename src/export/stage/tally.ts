/**
 * The counts of a staging. A staging that continues replays the earlier lines (`replay` in checkpoint.ts),
 * and the kernel counts them again. So the result is the counts of the checkpoint, plus what the kernel has
 * counted after the replay.
 */
import type { KernelCounts } from '../../../packages/identifiers/src/kernel/counts.ts';
import { COUNTERS, SAMPLE } from '../../../packages/identifiers/src/kernel/counts.ts';
import type { Staged, StageProgress } from './types.ts';

/** The counts of the values so far. */
export type Totals = Pick<Staged, 'counts' | 'findings'>;

export class Tally {
  readonly #before: Totals | undefined;
  #replayed: Totals | undefined;

  /** @param before the counts of the checkpoint, if the staging continues */
  constructor(before?: Totals) {
    this.#before = before;
  }

  /** Call it after the replay, with the kernel's counts of it. */
  replayed(counts: KernelCounts): void {
    this.#replayed = shape(counts);
  }

  /** @param counts the kernel's counts */
  totals(counts: KernelCounts): Totals {
    const now = shape(counts);
    return this.#before && this.#replayed ? continued(this.#before, this.#replayed, now) : now;
  }

  /** @param kernel the kernel's progress */
  progress(kernel: Omit<StageProgress, 'fraction'>): Omit<StageProgress, 'fraction'> {
    if (!this.#before) return kernel;
    const [before, replayed] = [this.#before.counts, this.#replayed?.counts ?? kernel];
    const sum = (what: keyof typeof kernel) => before[what] + kernel[what] - replayed[what];
    return { rows: sum('rows'), scanned: sum('scanned'), unique: sum('unique') };
  }
}

function continued(before: Totals, replayed: Totals, now: Totals): Totals {
  const counts = { ...now.counts, invalid: { ...before.counts.invalid } };
  for (const name of COUNTERS) counts[name] += before.counts[name] - replayed.counts[name];
  for (const [reason, count] of Object.entries(now.counts.invalid)) {
    counts.invalid[reason] = (counts.invalid[reason] ?? 0) + count;
  }
  const [b, r, n] = [before.findings, replayed.findings, now.findings];
  const invalidRows = { ...b.invalidRows };
  const shift = before.counts.rows - replayed.counts.rows;
  for (const [reason, rows] of Object.entries(n.invalidRows)) {
    const all = [...(invalidRows[reason] ?? []), ...rows.map((row) => row + shift)];
    invalidRows[reason] = all.slice(0, SAMPLE);
  }
  const findings = { ...n, invalidRows };
  for (const name of findingCounts) findings[name] += b[name] - r[name];
  return { counts, findings };
}

const findingCounts = [
  'phonesWithoutCountry',
  'uppercaseHashes',
  'phonesRepaired',
  'phonesWithLostDigits',
] as const;

function shape(kernel: KernelCounts): Totals {
  const { invalidRows, leadingZero, upperCase, repaired, digitsLost, ...counts } = kernel;
  return {
    counts,
    findings: {
      phonesWithoutCountry: leadingZero,
      uppercaseHashes: upperCase,
      phonesRepaired: repaired,
      phonesWithLostDigits: digitsLost,
      invalidRows,
    },
  };
}
