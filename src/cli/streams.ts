/** What becomes of a command whose reader goes away, or whose output finds no room. */
import { printError } from './output.ts';

/** From here on no fault of the two streams ends a command in the middle of its work, or with another's exit status. */
export function guardStreams(): void {
  // Nobody reads the progress any more (`2>&1 | head`): an upload goes on all the same.
  process.stderr.on('error', () => {});
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    // A reader that went away (`lineup runs list | head`) is no failure, and no success either.
    if (code === 'EPIPE') process.exit();
    printError(`The result could not be written to standard output (${code}), so it is not there in full.`);
    process.exit(process.exitCode || 1);
  });
}
