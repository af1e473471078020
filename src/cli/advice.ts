/**
 * What can be done about a failure on the command line: flags, commands and variables. The failures themselves are told in
 * the web app too, which has its own ways.
 */
import { LineupError } from '../contracts/errors.ts';
import type { RunDocument } from '../contracts/run.ts';

/** By the failure's code. */
const advice: Readonly<Record<string, string>> = {
  audience_shrinks: 'If the new size is right, let this run go with --max-shrink.',
};

interface Failed {
  readonly code: string;
  readonly message: string;
}

const withAdvice = ({ code, message }: Failed): string => [message, advice[code]].filter(Boolean).join(' ');

/** A failure of a command that does its work here; anything else comes back as it is. */
export function advise(error: unknown): unknown {
  if (!(error instanceof LineupError) || !advice[error.code]) return error;
  const { code, reason, retryable, fields, cause } = error;
  return new LineupError(code, withAdvice(error), { reason: reason ?? undefined, retryable, fields, cause });
}

/** A run of this machine, with what can be done about its failure. */
export const advisedRun = (run: RunDocument): RunDocument =>
  run.error ? { ...run, error: { ...run.error, message: withAdvice(run.error) } } : run;
