/** Reads and writes the staged chunks of a run with its key, as the run itself does. */
import { join } from 'node:path';
import { stagedIn } from '../../src/store/data-directory/file-run-journal.ts';
import type { Bench } from './cli.ts';

const folderOf = ({ directory }: Bench, runId: string | null) => stagedIn(join(directory, 'data', 'runs', runId ?? ''));

export async function readStaged(at: Bench, runId: string | null, name: string): Promise<string> {
  const folder = folderOf(at, runId);
  const blocks: Uint8Array[] = [];
  const size = (await folder.size(name)) ?? 0;
  for await (const block of folder.read(name, size)) blocks.push(block);
  return Buffer.concat(blocks).toString();
}

export const writeStaged = (at: Bench, runId: string | null, name: string, text: string): Promise<void> =>
  folderOf(at, runId).put(name, Buffer.from(text));
