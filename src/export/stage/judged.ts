/**
 * The counts of a scan whose source judges and hashes the values itself. The kernel sees only hashes, which it counts
 * as prehashed values. The source has counted all others. Both together are the counts of all values.
 */

import { LineupError } from '../../domain/errors/errors.ts';
import { invalidOf } from '../../domain/runs/run-document.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { JudgedValues } from '../../sources/source.ts';
import type { ListTotals } from './kernel-runner.ts';
import type { Totals } from './tally.ts';

/**
 * The totals of a delivery.
 * @param kernel of the hashes
 * @throws {LineupError} `internal` when the counts of the source do not fit its hashes
 */
export function withJudged({ counts, findings, ...others }: Totals, judged: JudgedValues): Totals {
  const more = notInStream(judged);
  const rows = counts.rows + more - judged.further;
  // Values in clear would be counted as hashed or raw. They must not come from a source that hashes.
  if (counts.hashed + counts.raw > 0 || judged.hashed > counts.prehashed || rows < 0) throw contradiction();
  return {
    ...others,
    counts: {
      ...counts,
      rows,
      scanned: counts.scanned + more,
      missing: counts.missing + judged.missing,
      invalid: added(counts.invalid, judged.invalid),
      prehashed: counts.prehashed - judged.hashed,
      hashed: judged.hashed,
    },
    findings: {
      ...findings,
      phonesWithoutCountry: findings.phonesWithoutCountry + judged.leadingZero,
      phonesRepaired: findings.phonesRepaired + judged.repaired,
      phonesWithLostDigits: findings.phonesWithLostDigits + judged.digitsLost,
      phonesLookingNational: findings.phonesLookingNational + judged.looksNational,
      // The rows of the stream are not those of the source.
      invalidRows: {},
    },
  };
}

/**
 * The totals of a list of people to leave out.
 * @param kernel of the hashes
 * @throws {LineupError} `internal` when the counts of the source do not fit its hashes
 */
export function listWithJudged(kernel: ListTotals, judged: JudgedValues): ListTotals {
  if (kernel.prehashed !== kernel.size || judged.hashed > kernel.prehashed) throw contradiction();
  return {
    ...kernel,
    scanned: kernel.scanned + notInStream(judged),
    prehashed: kernel.prehashed - judged.hashed,
  };
}

/** How many values the source has kept back. */
const notInStream = (judged: JudgedValues): number => judged.missing + invalidOf(judged);

function added(
  counts: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const sums = { ...counts };
  for (const [reason, count] of Object.entries(other)) sums[reason] = (sums[reason] ?? 0) + count;
  return sums;
}

const contradiction = (): LineupError =>
  new LineupError(
    'internal',
    sentence`The counts of the source do not fit the hashes that it gave, so nothing was sent.`,
  );
