/** What LINE must get, by the readable rules and not by the kernel. */
import { normalize } from '../../packages/identifiers/src/normalize.ts';

/** The lines that LINE must get for these values, in the order of the source. */
export function linesOf(type: 'email' | 'ifa', values: readonly string[]): string[] {
  const lines = new Set<string>();
  for (const value of values) {
    const outcome = normalize(value, { type });
    if (outcome.state !== 'missing' && outcome.state !== 'invalid') lines.add(outcome.output);
  }
  return [...lines];
}
