/**
 * The staged chunks of a run that is continued, perhaps days later or on another machine: they must still be
 * there, byte for byte, for what goes to a live audience is what was staged and guarded.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LineupError } from '../contracts/errors.ts';
import type { StagedChunkRecord } from '../contracts/run.ts';
import type { RunState } from '../contracts/run-state.ts';
import { sentence } from '../contracts/sentence.ts';

/** Whether every chunk that is still to be sent lies in `directory`. */
export async function stagedFilesAreThere(state: RunState, directory: string): Promise<boolean> {
  for (const chunk of state.staged?.chunks ?? []) {
    if (state.chunks.get(chunk.index)?.phase === 'finished') continue;
    const size = await stat(join(directory, chunk.file)).then(
      (found) => found.size,
      () => undefined,
    );
    if (size !== chunk.bytes) return false;
  }
  return true;
}

/** Whether a second scan gave the very same chunks, so that the run can go on where it was. */
export const sameChunks = (a: readonly StagedChunkRecord[], b: readonly StagedChunkRecord[]): boolean =>
  a.length === b.length && a.every((chunk, n) => chunk.sha256 === b[n]?.sha256);

/** @throws {LineupError} `staged_file_changed` unless the file is what this run staged */
export async function verifyStaged(
  directory: string,
  chunk: StagedChunkRecord,
  signal: AbortSignal,
): Promise<void> {
  const path = join(directory, chunk.file);
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new LineupError(
      'staged_file_changed',
      sentence`The staged chunk ${path} cannot be read any more, so it was not sent. Run the export again.`,
      { cause },
    );
  }
  if (hash.digest('hex') !== chunk.sha256) {
    throw new LineupError(
      'staged_file_changed',
      sentence`The staged chunk ${path} is not what this run wrote, so it was not sent. Run the export again.`,
    );
  }
}
