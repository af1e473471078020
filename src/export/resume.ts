/**
 * Conditions for resuming a run, perhaps days later or on another machine. Its staged chunks must still be
 * there, byte for byte: a live audience gets only what was staged and has passed the guard.
 */

import type { RunFolder } from '../contracts/ports.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { StagedChunkRecord } from '../domain/runs/run.ts';
import type { RunState } from '../domain/runs/run-state.ts';
import { internalFact, sentence } from '../domain/text/sentence.ts';
import { GONE } from './stage/chunk-files.ts';

/**
 * @param supersededBy the id of a later run that has written to the same audience, if there is one
 * @throws {LineupError} `run_not_resumable`, `run_superseded`
 */
export function assertResumable(state: RunState, supersededBy: string | undefined): void {
  if (state.status === 'succeeded' || state.status === 'dry_run') {
    throw new LineupError(
      'run_not_resumable',
      state.status === 'dry_run'
        ? sentence`Run ${state.runId} was a dry run. There is nothing to continue.`
        : sentence`Run ${state.runId} has succeeded. There is nothing to continue.`,
    );
  }
  if (supersededBy) throw superseded(state, supersededBy);
  if (state.staged === null && state.request.source.location === null) {
    throw new LineupError(
      'run_not_resumable',
      sentence`Run ${state.runId} ended before it had read the whole source, and ${state.request.source.label} cannot be read again. Run the export again.`,
    );
  }
}

/** The error when the run `later` has already changed the audience of `state`. */
export function superseded(state: RunState, later: string): LineupError {
  return new LineupError(
    'run_superseded',
    sentence`Run ${state.runId} cannot continue. Run ${later} has changed audience ${state.audienceId ?? ''} since then, and the older chunks would mix with the newer members. Run the export again.`,
  );
}

/** Whether every chunk that must still be sent is there, judged by its size. */
export async function stagedFilesAreThere(
  deliveries: readonly Pick<RunState, 'staged' | 'chunks'>[],
  folder: RunFolder,
): Promise<boolean> {
  for (const { staged, chunks } of deliveries) {
    for (const chunk of staged?.chunks ?? []) {
      if (chunks.get(chunk.index)?.phase === 'finished') continue;
      if ((await folder.size(chunk.file)) !== chunk.bytes) return false;
    }
  }
  return true;
}

/** Whether a second scan gave exactly the same chunks, so that the run can continue. */
export const sameChunks = (a: readonly StagedChunkRecord[], b: readonly StagedChunkRecord[]): boolean =>
  a.length === b.length && a.every((chunk, n) => chunk.sha256 === b[n]?.sha256);

/** @throws {LineupError} `staged_file_changed` when the file is gone or its size is wrong */
export async function assertThere(folder: RunFolder, chunk: StagedChunkRecord): Promise<void> {
  if ((await folder.size(chunk.file)) !== chunk.bytes) throw unreadable(folder, chunk, { reason: GONE });
}

/**
 * The lines of a chunk, checked against its digest, because they go to a live audience.
 * @throws {LineupError} `staged_file_changed`, at the latest after the last block
 */
export async function* readStaged(folder: RunFolder, chunk: StagedChunkRecord): AsyncGenerator<Uint8Array, void> {
  try {
    yield* folder.read(chunk.file, chunk.bytes, chunk.sha256);
  } catch (cause) {
    const isGone = (cause as { code?: unknown } | null)?.code === GONE;
    throw unreadable(folder, chunk, { cause, ...(isGone && { reason: GONE }) });
  }
}

const unreadable = (
  { place }: RunFolder,
  { file }: StagedChunkRecord,
  options: { reason?: string; cause?: unknown },
): LineupError => {
  // Only people who may change settings see where the data directory is.
  const path = internalFact(`${place}/${file}`, sentence`of this run`);
  return new LineupError(
    'staged_file_changed',
    sentence`The staged chunk ${path} can no longer be read, or was changed after this run wrote it, so it was not sent. Run the export again.`,
    options,
  );
};
