/** The one way to fail. */
import { RULES_VERSION } from '../compose/rules.ts';
import { isDebugging } from '../config/environment.ts';
import { exitStatusOf, LineupError } from '../contracts/errors.ts';
import { messageOf, printError, printJson, printNotice, safe } from './output.ts';
import type { PrintedRun } from './report.ts';

/** What `--json` prints of a failure: the document of a run that never began, or of a command that has no run the error alone. */
export type FailureDocument = 'run' | 'error';

/** Tells a failure on stderr (and, with `--json`, as a document on stdout) and sets the exit status. */
export function fail(error: unknown, document: FailureDocument | undefined): void {
  const known = error instanceof LineupError ? error : undefined;
  const told = describe(known, messageOf(error));
  if (document) printJson(document === 'run' ? runThatNeverBegan(known, told) : { error: told });
  printError(messageOf(error));
  for (const { path, message } of known?.fields ?? [])
    printNotice(`  ${safe(`${path ? `${path}: ` : ''}${message}`)}`);
  if (!known && isDebugging() && error instanceof Error) printNotice(error.stack ?? '');
  process.exitCode = exitStatusOf(known?.code ?? 'internal');
}

const describe = (error: LineupError | undefined, message: string): NonNullable<PrintedRun['error']> => ({
  code: error?.code ?? 'internal',
  message,
  reason: error?.reason ?? null,
  retryable: error?.retryable ?? false,
  resumable: false,
  allowShrinkTo: null,
  resume: null,
});

function runThatNeverBegan(error: LineupError | undefined, told: PrintedRun['error']): PrintedRun {
  return {
    runId: null,
    status: error?.kind === 'interrupted' ? 'interrupted' : 'failed',
    rulesVersion: RULES_VERSION,
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
