/**
 * The counts of a staging. A staging that continues replays the earlier lines (`replay` in checkpoint.ts),
 * and the kernel counts them again. So the result is the counts of the checkpoint, plus what the kernel has
 * counted after the replay.
 */
import { COUNTERS, SAMPLE } from '../../../packages/identifiers/src/kernel/counts.ts';
import type { KernelOrder, KernelTotals } from './kernel-runner.ts';
import type { Staged, StageProgress } from './types.ts';

/** The counts of the values so far. */
export type Totals = Pick<Staged, 'counts' | 'findings' | 'suppressedBy' | 'erased'>;

type LeavesOut = Pick<KernelOrder, 'lists' | 'erased' | 'holdOut'>;

export class Tally {
  readonly #leavesOut: LeavesOut;
  readonly #before: Totals | undefined;
  #replayed: Totals | undefined;

  /** @param before the counts of the checkpoint, if the staging continues */
  constructor(leavesOut: LeavesOut, before?: Totals) {
    this.#leavesOut = leavesOut;
    this.#before = before;
  }

  /** Call it after the replay, with the kernel's counts of it. */
  replayed(counts: KernelTotals): void {
    this.#replayed = shape(counts, this.#leavesOut);
  }

  /** @param counts the kernel's counts */
  totals(counts: KernelTotals): Totals {
    const now = shape(counts, this.#leavesOut);
    return this.#before && this.#replayed ? continued(this.#before, this.#replayed, now) : now;
  }

  /** @param kernel the kernel's progress */
  progress(kernel: Omit<StageProgress, 'fraction'>): Omit<StageProgress, 'fraction'> {
    if (!this.#before) return kernel;
    const [before, replayed] = [this.#before.counts, this.#replayed?.counts ?? kernel];
    const sum = (count: keyof typeof kernel) => before[count] + kernel[count] - replayed[count];
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
  // The replay has only lines that were not left out.
  if (counts.held_out !== undefined) counts.held_out += before.counts.held_out ?? 0;
  const suppressedBy = now.suppressedBy?.map((count, list) => count + (before.suppressedBy?.[list] ?? 0));
  const erased = now.erased === undefined ? undefined : now.erased + (before.erased ?? 0);
  return withSuppressed({ counts, findings }, suppressedBy, erased);
}

const findingCounts = [
  'phonesWithoutCountry',
  'uppercaseHashes',
  'phonesRepaired',
  'phonesWithLostDigits',
  'phonesLookingNational',
] as const;

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** Counts of what is left out appear only when something may be left out. */
function shape(kernel: KernelTotals, { lists, erased, holdOut }: LeavesOut): Totals {
  const { invalidRows, leadingZero, upperCase, repaired, digitsLost, looksNational, leftOut, ...counts } = kernel;
  const totals = {
    counts: { ...counts, ...(holdOut && { held_out: leftOut.heldOut }) },
    findings: {
      phonesWithoutCountry: leadingZero,
      uppercaseHashes: upperCase,
      phonesRepaired: repaired,
      phonesWithLostDigits: digitsLost,
      phonesLookingNational: looksNational,
      invalidRows,
    },
  };
  const suppressedBy = lists > 0 ? leftOut.suppressed.slice(0, lists) : undefined;
  return withSuppressed(totals, suppressedBy, erased && leftOut.erased);
}

/** People of the erasure list are counted with those of suppression lists, so that their number alone is nowhere. */
function withSuppressed(
  { counts, findings }: Pick<Totals, 'counts' | 'findings'>,
  suppressedBy: readonly number[] | undefined,
  erased: number | undefined,
): Totals {
  if (suppressedBy === undefined && erased === undefined) return { counts, findings };
  return {
    counts: { ...counts, suppressed: sum(suppressedBy ?? []) + (erased ?? 0) },
    findings,
    ...(suppressedBy && { suppressedBy }),
    ...(erased !== undefined && { erased }),
  };
}
