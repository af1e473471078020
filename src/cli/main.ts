/** The command line's entry. */
import { start } from './start.ts';
import { guardStreams } from './streams.ts';

guardStreams();
await start(process.argv.slice(2));
