/**
 * A process that writes an event that does not fit on the disk, then one that fits, and prints the events that can be
 * read afterwards.
 */
import { LineupError } from '../../src/domain/errors/errors.ts';
import { RunFiles } from '../../src/store/data-directory/run-files.ts';
import { ended, staged, started } from './runs.ts';

const at = '2026-01-01T00:00:00.000Z';
const runs = new RunFiles(process.argv[2] ?? '');
const journal = await runs.create(started('r1', at));
const {
  chunks: [chunk],
  ...event
} = staged(at, 100);
const tooLong = { ...event, chunks: Array.from({ length: 100 }, () => chunk!) };
const refused = await journal.append(tooLong).catch((error) => (error instanceof LineupError ? error.code : error));
await journal.append(ended(at, 'failed'));
await journal.close();
const { status, staged: read } = await runs.get('r1');
console.log(JSON.stringify({ refused, status, staged: read }));
