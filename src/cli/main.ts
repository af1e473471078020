/** The command line's entry. */
import { start } from './start.ts';
import { guardStreams } from './streams.ts';

// What this process makes is for its user alone, whatever the shell says, and whoever makes it (SQLite, PGlite).
process.umask(0o077);
guardStreams();
await start(process.argv.slice(2));
