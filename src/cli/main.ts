/** The entry of the command line. */
import { leaveOutOfCoreDumps } from '../machine/no-core-dump.ts';
import { guardStreams, start } from './start.ts';

// Only the user may read the files that this process makes, including those of libraries (SQLite, PGlite).
process.umask(0o077);
leaveOutOfCoreDumps();
guardStreams();
await start(process.argv.slice(2));
