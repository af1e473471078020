/** Runs a command line, and reports every failure in the same way. */
import { CommanderError } from 'commander';
import { RULES_VERSION } from '../../packages/identifiers/src/rules.ts';
import { isDebugging } from '../config/environment.ts';
import { applyProxy } from '../config/proxy.ts';
import { exitStatusOf, LineupError } from '../domain/errors/errors.ts';
import { asLineupError } from '../domain/errors/unexpected.ts';
import { runErrorOf } from '../domain/runs/run-error.ts';
import { printError, printJson, printNotice, safe } from './output.ts';
import { program } from './program.ts';
import type { PrintedRun } from './report.ts';

export async function start(args: readonly string[]): Promise<void> {
  const document = args.includes('--json') ? documentOf(args[0]) : undefined;
  try {
    await applyProxy();
    await (await program(args)).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) fail(error, document);
    else if (error.exitCode !== 0) fail(new LineupError('invalid_argument', sentence(error.message)), document);
  }
}

/** `export` and `prepare` print a run even when it never began; the other commands print only the error. */
const documentOf = (command: string | undefined): FailureDocument =>
  command === 'export' || command === 'prepare' ? 'run' : 'error';

/** Turns Commander's "error: unknown option '--feild'" and its suggestion into one sentence. */
function sentence(message: string): string {
  const text = message.replace(/^error: /, '').replace(/\n\(Did you mean (.+)\?\)$/, '; did you mean $1?');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'} See --help.`;
}

/** What `--json` prints for a failure: the document of a run that never began, or the error alone. */
type FailureDocument = 'run' | 'error';

/** Prints a failure on stderr (and, with `--json`, a document on stdout) and sets the exit status. */
function fail(thrown: unknown, document: FailureDocument | undefined): void {
  const error = asLineupError(thrown);
  const isExpected = error === thrown;
  const shown = { ...runErrorOf(error, false), resume: null };
  if (document) printJson(document === 'run' ? runThatNeverBegan(error, shown) : { error: shown });
  printError(isExpected ? error.message : `${error.message} LINEUP_DEBUG=1 shows where it happened.`);
  for (const { path, message } of error.fields) printNotice(`  ${safe(`${path ? `${path}: ` : ''}${message}`)}`);
  if (!isExpected && isDebugging() && thrown instanceof Error) printNotice(thrown.stack ?? '');
  process.exitCode = exitStatusOf(error.code);
}

function runThatNeverBegan({ kind }: LineupError, shown: PrintedRun['error']): PrintedRun {
  return {
    runId: null,
    status: kind === 'interrupted' ? 'interrupted' : 'failed',
    rulesVersion: RULES_VERSION,
    audience: null,
    counts: null,
    invalidRows: {},
    chunks: [],
    warnings: [],
    error: shown,
    source: null,
    adAccountId: null,
    startedAt: null,
    endedAt: null,
    durationMs: 0,
  };
}

/**
 * Call it first. A closed or full output stream then no longer ends a command in the middle of its work, and the exit
 * status stays that of the command.
 */
export function guardStreams(): void {
  // Nobody reads the progress any more (`2>&1 | head`). An upload continues.
  process.stderr.on('error', () => {});
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    // The reader has closed the pipe (`lineup runs list | head`): keep the exit status of the command.
    if (code === 'EPIPE') process.exit();
    printError(`The result could not be written to standard output (${code}), so the output is incomplete.`);
    process.exit(process.exitCode || 1);
  });
}
