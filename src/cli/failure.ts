/** The one way to fail. */
import { isDebugging } from '../config.ts';
import { exitStatusOf, LineupError } from '../contracts/errors.ts';
import type { RunDocument, RunError } from '../contracts/run.ts';
import { messageOf, printJson, safe, tell, tellError } from './output.ts';

/** Tells a failure on stderr (and, with `--json`, as the document on stdout) and sets the exit status. */
export function fail(error: unknown, json: boolean): void {
  const known = error instanceof LineupError ? error : undefined;
  if (json) printJson(failureDocument(known, messageOf(error)));
  tellError(messageOf(error));
  for (const { path, message } of known?.fields ?? []) tell(safe(`  ${path ? `${path}: ` : ''}${message}`));
  if (!known && isDebugging() && error instanceof Error) tell(error.stack ?? '');
  process.exitCode = exitStatusOf(known?.code ?? 'internal');
}

function failureDocument(error: LineupError | undefined, message: string): RunDocument {
  const told: RunError = {
    code: error?.code ?? 'internal',
    message,
    reason: error?.reason ?? null,
    retryable: error?.retryable ?? false,
    resume: null,
  };
  return {
    runId: null,
    status: error?.kind === 'interrupted' ? 'interrupted' : 'failed',
    rulesVersion: 1,
    audience: null,
    counts: null,
    invalidRows: {},
    chunks: [],
    warnings: [],
    error: told,
    source: null,
    adAccountId: null,
    startedAt: null,
    endedAt: null,
    durationMs: 0,
  };
}
