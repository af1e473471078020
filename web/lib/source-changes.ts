/** What has changed in a source between two runs, side by side. Pure. */
import type { RunDocument } from '../../src/domain/runs/run.ts';

type Counts = NonNullable<RunDocument['counts']>;
type Document = Pick<RunDocument, 'counts' | 'turnover' | 'identifierType' | 'field' | 'siblings'>;

export interface SourceChange {
  /** `rows`, `missing`, …, or a reason why values are invalid. */
  readonly line: string;
  readonly kind: 'count' | 'reason';
  /** Null without a run to compare with. */
  readonly before: number | null;
  readonly now: number;
}

/** The counts of one audience of a run. @param delivery from 1 */
export const countsOf = (document: Document, delivery: number): Counts | null =>
  resultOf(document, delivery)?.counts ?? null;

/** Who joins one audience with a run, and who leaves it. Undefined when it is not known. @param delivery from 1 */
export const turnoverIn = (document: Document, delivery: number): RunDocument['turnover'] =>
  resultOf(document, delivery)?.turnover;

const resultOf = (document: Document, delivery: number) =>
  delivery === 1 ? document : document.siblings?.find((sibling) => sibling.delivery === delivery);

/** Those of the same identifier in another run, whose identifiers may have another order; null when it has it not. */
export function countsOfSame(
  other: Document,
  identifier: { readonly identifierType: string; readonly field: string },
): Counts | null {
  const siblings = other.siblings ?? [];
  // The only identifier of a run has no name.
  if (siblings.length === 0) return other.counts;
  const all = [other, ...siblings];
  return (
    all.find(({ identifierType, field }) => identifierType === identifier.identifierType && field === identifier.field)
      ?.counts ?? null
  );
}

/** Lines with nothing in both are left out, except those that everybody looks for. */
export function changesBetween(before: Counts | null, now: Counts): SourceChange[] {
  const count = (line: 'rows' | 'missing' | 'suppressed' | 'held_out' | 'duplicates' | 'unique'): SourceChange => ({
    line,
    kind: 'count',
    before: before && (before[line] ?? 0),
    now: now[line] ?? 0,
  });
  const reasons = [...new Set([...Object.keys(now.invalid), ...Object.keys(before?.invalid ?? {})])].map(
    (reason): SourceChange => ({
      line: reason,
      kind: 'reason',
      before: before && (before.invalid[reason] ?? 0),
      now: now.invalid[reason] ?? 0,
    }),
  );
  const more = [...reasons, count('suppressed'), count('held_out'), count('duplicates')];
  return [
    count('rows'),
    count('missing'),
    ...more.filter((change) => change.now > 0 || (change.before ?? 0) > 0),
    count('unique'),
  ];
}
