/** Findings of `lineup doctor`. Everybody may read them, because they contain no secrets and no names of people. */

import { factsOf } from '../domain/errors/unexpected.ts';

export type FindingStatus = 'ok' | 'warning' | 'problem';

export interface Finding {
  readonly topic: string;
  readonly status: FindingStatus;
  readonly message: string;
  /** What to do about it; null when there is nothing to do. */
  readonly todo: string | null;
}

export interface Check {
  readonly topic: string;
  /** The time limit. */
  readonly limitMs: number;
  look(signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface Examination {
  /** In the order of the checks. */
  readonly findings: readonly Finding[];
  /** Whether a check was abandoned and may still be running. */
  readonly leftBehind: boolean;
}

/** In findings. */
export const MB = 1_000_000;

export const ok = (topic: string, message: string): Finding => ({ topic, status: 'ok', message, todo: null });
export const warning = (topic: string, message: string, todo: string): Finding => ({
  topic,
  status: 'warning',
  message,
  todo,
});
export const problem = (topic: string, message: string, todo: string): Finding => ({
  topic,
  status: 'problem',
  message,
  todo,
});

/** So many findings of one kind are listed. Who corrects these sees the next ones. */
const MAX_LISTED = 10;

/** The first of many findings of one kind, and how many more there are. */
export function few(findings: readonly Finding[]): Finding[] {
  const [last] = findings.slice(MAX_LISTED);
  if (!last) return [...findings];
  const more = findings.length - MAX_LISTED;
  return [
    ...findings.slice(0, MAX_LISTED),
    {
      ...last,
      message: `The same kind of finding for ${more} more jobs.`,
      todo: 'Correct these first, and run this again.',
    },
  ];
}

/**
 * Runs all checks in parallel. A check that fails or takes too long becomes a finding, and does not stop the others.
 */
export async function examine(checks: readonly Check[]): Promise<Examination> {
  const seen = await Promise.all(checks.map(runWithTimeout));
  return {
    findings: seen.flatMap(({ findings }) => findings),
    leftBehind: seen.some(({ late }) => late),
  };
}

async function runWithTimeout({
  topic,
  limitMs,
  look,
}: Check): Promise<{ findings: readonly Finding[]; late: boolean }> {
  const limit = new AbortController();
  const { promise: late, resolve: giveUp } = Promise.withResolvers<undefined>();
  const tooLate = () => {
    giveUp(undefined);
    limit.abort(new Error('it took too long'));
  };
  // A result that arrived while the event loop was blocked counts as in time.
  const timer = setTimeout(() => setImmediate(tooLate), limitMs);
  try {
    // The timeout comes first in the race: an aborted check fails at once, and its error would hide the timeout.
    const findings = await Promise.race([late, look(limit.signal)]);
    if (findings) return { findings, late: false };
    const seconds = Math.max(1, Math.round(limitMs / 1_000));
    const message = `This could not be checked within ${seconds} s.`;
    return { findings: [problem(topic, message, 'Run this again when the machine is less busy.')], late: true };
  } catch (error) {
    const message = `This could not be checked (${factsOf(error)}).`;
    return { findings: [problem(topic, message, 'Please report this.')], late: false };
  } finally {
    clearTimeout(timer);
  }
}
