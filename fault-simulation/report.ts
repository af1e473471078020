/** What a person reads: the progress, the coverage, and a broken promise. */

import type { Outcome } from './history.ts';
import { transitionsOfTable } from './invariants/jobs.ts';
import type { Tally } from './many.ts';

const LAST = 25;

export function progressLine({ histories, onPglite, faults }: Tally, seconds: number): string {
  const all = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const rate = Math.round(histories / Math.max(seconds, 0.001));
  const again = onPglite > 0 ? ` (${onPglite.toLocaleString('en')} of them on PGlite too)` : '';
  return `${histories.toLocaleString('en')} histories${again}, ${rate} a second, ${all.toLocaleString('en')} faults of ${faults.size} kinds`;
}

/** How much of what can happen has happened. */
export function coverageLines({ faults, transitions, killedAt, turnovers }: Tally): string[] {
  const kinds = [...faults].sort(([a], [b]) => a.localeCompare(b)).map(([kind, count]) => `  ${kind}: ${count}`);
  const missing = transitionsOfTable.filter((line) => !transitions.has(line));
  return [
    'Faults:',
    ...kinds,
    `Transitions of jobs: ${transitions.size} of ${transitionsOfTable.length}${missing.length > 0 ? `; not crossed: ${missing.join(', ')}` : ''}`,
    `Workers were killed at ${killedAt.size} places: ${[...killedAt].sort().join(', ')}`,
    `Runs that told who joins and leaves: ${turnovers.toLocaleString('en')}`,
  ];
}

/**
 * A broken promise: what, where, the last events, and how to see it again.
 * @param flags further flags of the command
 */
export function violationLines(seed: number, outcome: Outcome, parts: readonly string[], flags = ''): string[] {
  const { violation, steps, trace } = outcome;
  const smaller = parts.length > 0 ? ` --without ${parts.join(',')}` : '';
  return [
    `Seed ${seed}, step ${steps}: ${violation?.invariant}: ${violation?.message}.`,
    `The last events:`,
    ...trace.slice(-LAST).map((line) => `  ${line}`),
    `To play it again: npm run simulate-faults -- --seed ${seed}${smaller}${flags}`,
  ];
}
