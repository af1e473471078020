/** The command line's entry. */
import { CommanderError } from 'commander';
import { LineupError } from '../contracts/errors.ts';
import { program } from './program.ts';
import { fail } from './session.ts';

// A reader that went away (`lineup runs list | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const json = process.argv.includes('--json');
try {
  await program().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) fail(error, json);
  else if (error.exitCode !== 0) fail(new LineupError('invalid_argument', sentence(error.message)), json);
}

/** Commander's "error: unknown option '--feild'" and its suggestion as one sentence of ours. */
function sentence(message: string): string {
  const text = message.replace(/^error: /, '').replace(/\n\(Did you mean (.+)\?\)$/, '; did you mean $1?');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'} See --help.`;
}
