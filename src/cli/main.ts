/** The command line's entry. */
import { start } from './start.ts';

// A reader that went away (`lineup runs list | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

await start(process.argv.slice(2));
