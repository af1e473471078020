/** One line of the table of whole processes: `lineup prepare` beside others, in turn, if all give the same. */
import { rmSync } from 'node:fs';
import { busy, type Measured, median, roundsInTurn } from './measure.ts';
import { difference, resultAt } from './results.ts';

export interface Candidate {
  readonly name: string;
  /** Runs the whole process. It leaves its lines at `out`: a file, or a directory of chunk files. */
  run(out: string): Measured;
  /** It reads other members, so its lines are not compared. */
  readonly otherMembers?: boolean;
}

export interface Line {
  readonly name: string;
  readonly ours: Candidate;
  readonly others: readonly Candidate[];
}

/** Two figures in one cell are Lineup's and the other's. */
export const HEAD = [
  'source',
  'beside',
  'seconds',
  'Lineup is',
  'single rounds',
  'processor s',
  'cores busy',
  'peak MB',
];

interface LineFigures {
  /** One for each candidate that gave the same lines. */
  readonly rows: readonly (readonly string[])[];
  /** Why the others have no ratio. */
  readonly refusals: readonly string[];
}

/** Measures a line. `out` must not exist. The first run of each is the warm-up, and its lines are compared. */
export async function measureLine({ name, ours, others }: Line, out: string, rounds: number): Promise<LineFigures> {
  const warmUp = async (candidate: Candidate) => {
    try {
      candidate.run(out);
      return candidate.otherMembers ? undefined : await resultAt(out);
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  };
  const expected = await warmUp(ours);
  const comparable: Candidate[] = [];
  const refusals: string[] = [];
  for (const other of others) {
    const result = await warmUp(other);
    const why = expected && result && difference(expected, result, [ours.name, other.name]);
    if (why) refusals.push(`No ratio for “${name}” beside ${other.name}: the results differ. ${why}.`);
    else comparable.push(other);
  }
  if (comparable.length === 0) return { rows: [], refusals };
  const figures = roundsInTurn(
    Object.fromEntries([ours, ...comparable].map((candidate) => [candidate.name, () => runAndRemove(candidate, out)])),
    rounds,
  );
  const rows = comparable.map((other) => [name, other.name, ...cells(figures[ours.name]!, figures[other.name]!)]);
  return { rows, refusals };
}

function runAndRemove(candidate: Candidate, out: string): Measured {
  const measured = candidate.run(out);
  rmSync(out, { recursive: true, force: true });
  return measured;
}

/** The ratio is that of the medians. The least and the most of the single rounds show how far to trust it. */
function cells(ours: readonly Measured[], others: readonly Measured[]): string[] {
  const both = [median(ours), median(others)] as const;
  const pair = (show: (measured: Measured) => string) => both.map(show).join(' / ');
  const ratios = ours.map(({ seconds }, round) => others[round]!.seconds / seconds);
  return [
    pair(({ seconds }) => seconds.toFixed(2)),
    `**${(both[1].seconds / both[0].seconds).toFixed(2)} ×** as fast`,
    `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
    pair(({ processorSeconds }) => processorSeconds.toFixed(2)),
    pair((measured) => `${Math.round(100 * busy(measured))} %`),
    pair(({ peakMb }) => peakMb.toFixed(0)),
  ];
}
