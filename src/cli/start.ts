/** Runs a command line, and tells whatever goes wrong in one way. */
import { CommanderError } from 'commander';
import { LineupError } from '../contracts/errors.ts';
import { type FailureDocument, fail } from './failure.ts';
import { program } from './program.ts';

export async function start(args: readonly string[]): Promise<void> {
  const document = args.includes('--json') ? documentOf(args[0]) : undefined;
  try {
    await (await program(args)).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) fail(error, document);
    else if (error.exitCode !== 0)
      fail(new LineupError('invalid_argument', sentence(error.message)), document);
  }
}

/** Those that make a run or its chunks always print one as it ended; of all others a failure is no run's. */
const documentOf = (command: string | undefined): FailureDocument =>
  command === 'export' || command === 'prepare' ? 'run' : 'error';

/** Commander's "error: unknown option '--feild'" and its suggestion as one sentence of ours. */
function sentence(message: string): string {
  const text = message.replace(/^error: /, '').replace(/\n\(Did you mean (.+)\?\)$/, '; did you mean $1?');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'} See --help.`;
}
