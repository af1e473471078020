/** The audiences of a split job as one line: nobody reads two hundred of them. Pure. */
import type { HealthLevel } from '../../contracts/health-report.ts';

interface OfJob {
  readonly level: HealthLevel;
  readonly facts: { readonly partOf: string | null };
}

/** Audiences of one split job that have the same level. */
export interface Group<Audience extends OfJob> {
  /** The worst of them. */
  readonly worst: Audience;
  /** Of the split job. */
  readonly jobId: string;
  readonly count: number;
}

/**
 * Those that deserve attention, the worst first: of several audiences of a split job at the same level, only the worst.
 * Others stay as they are.
 */
export function withoutOtherParts<Audience extends OfJob>(
  looked: readonly Audience[],
): { readonly shown: readonly Audience[]; readonly groups: readonly Group<Audience>[] } {
  const groups = new Map<string, Group<Audience>>();
  const shown = looked.filter((audience) => {
    const { level, facts } = audience;
    if (facts.partOf === null || level === 'healthy') return true;
    const key = `${facts.partOf} ${level}`;
    const { worst = audience, count = 0 } = groups.get(key) ?? {};
    groups.set(key, { worst, jobId: facts.partOf, count: count + 1 });
    return count === 0;
  });
  return { shown, groups: [...groups.values()].filter(({ count }) => count > 1) };
}
