/** The command line's entry. */
import { enableCompileCache } from 'node:module';

// Before anything else is read: from the second start on, nothing is stripped or compiled again.
enableCompileCache();

// A reader that went away (`lineup runs list | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const { start } = await import('./start.ts');
await start(process.argv.slice(2));
