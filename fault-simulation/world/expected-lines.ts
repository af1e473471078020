/** What LINE must get, by the readable rules and not by the kernel. */
import { normalize } from '../../packages/identifiers/src/normalize.ts';
import type { JobPlan } from './plan.ts';

/** What a scan of one version of a source gives: how many values, and the lines for LINE in the order of the source. */
export interface Truth {
  readonly scanned: number;
  readonly lines: readonly string[];
}

/** One for each version of the source. */
export const truthsOf = ({
  members,
  changes,
  identifier,
}: Pick<JobPlan, 'members' | 'changes' | 'identifier'>): Truth[] =>
  [members, ...changes.map((change) => change.members)].map((values) => ({
    scanned: values.length,
    lines: linesOf(identifier, values),
  }));

/** The lines that LINE must get for these values, in the order of the source. */
export function linesOf(type: 'email' | 'ifa', values: readonly string[]): string[] {
  const lines = new Set<string>();
  for (const value of values) {
    const outcome = normalize(value, { type });
    if (outcome.state !== 'missing' && outcome.state !== 'invalid') lines.add(outcome.output);
  }
  return [...lines];
}
