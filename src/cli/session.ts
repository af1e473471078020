/** What every command works in: the app, a signal that Ctrl-C ends, and one way to fail. */
import { App, explainLineFailure } from '../compose.ts';
import { isDebugging, readConfig } from '../config.ts';
import { exitStatusOf, LineupError } from '../contracts/errors.ts';
import type { RunDocument, RunError } from '../contracts/run.ts';
import { messageOf, printJson, tell, tellError } from './output.ts';

export interface Session {
  readonly app: App;
  readonly signal: AbortSignal;
}

/** Runs a command's work with an app that is closed afterwards. */
export async function withApp(
  work: (session: Session) => Promise<void>,
  config = readConfig(),
): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(130);
    tell('Stopping … (once more to stop at once)');
    interrupt.abort(new LineupError('interrupted', 'Interrupted.'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const app = new App(config);
  try {
    await work({ app, signal: interrupt.signal });
  } catch (error) {
    throw interrupt.signal.aborted ? interrupt.signal.reason : explainLineFailure(error);
  } finally {
    app.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Tells a failure on stderr (and, with `--json`, as the document on stdout) and sets the exit status. */
export function fail(error: unknown, json: boolean): void {
  const known = error instanceof LineupError ? error : undefined;
  if (json) printJson(failureDocument(known, messageOf(error)));
  tellError(messageOf(error));
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
