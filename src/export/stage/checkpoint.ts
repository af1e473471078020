/**
 * The checkpoint of a staging: a file beside the chunk files that says how far they are, so that a later process can go on
 * where this one was broken off. It holds counts, digests and the source's own word for its place; it is sealed as the chunks
 * are, for nobody but the source knows what that word holds.
 *
 * It is written over atomically, and what lies in the files beyond it is cut off by whoever goes on: so it holds from the
 * moment that it is written until the next one takes its place, wherever between the two the process dies.
 */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { RunFolder } from '../../contracts/ports.ts';
import type { Checkpoint } from './checkpoint-shape.ts';
import { explainDisk } from './chunk-files.ts';

const NAME = 'checkpoint.json';

/** Members come and go: what was read of them long ago is no part of the audience that the rest is read of. */
const GOOD_FOR_MS = 24 * 3_600_000;

/** Why a checkpoint is of no use: it is too old, or it does not fit what is asked for or what lies in the files. */
export type Uselessness = 'too_old' | 'unusable';

export interface CheckpointSearch {
  readonly folder: RunFolder;
  readonly chunkName: (index: number) => string;
  readonly key: string;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** The checkpoint in the folder, if a staging can go on from it; or why it cannot. Undefined when there is none. */
export async function findCheckpoint(
  search: CheckpointSearch,
): Promise<{ usable: Checkpoint } | { useless: Uselessness } | undefined> {
  const { folder } = search;
  // One that cannot be opened is none: its key is gone, and so is all that it speaks of.
  const size = await folder.size(NAME);
  if (size === undefined) return undefined;
  const text = await textOf(folder, size);
  // Read only where there is one: a scan without starts sooner.
  const { checkpoint } = await import('./checkpoint-shape.ts');
  const read = checkpoint.safeParse(asJson(text));
  if (!read.success || read.data.key !== search.key) return { useless: 'unusable' };
  if (search.now.getTime() - Date.parse(read.data.at) > GOOD_FOR_MS) return { useless: 'too_old' };
  return (await filesHold(read.data, search)) ? { usable: read.data } : { useless: 'unusable' };
}

/** Whether there is one at all. */
export const hasCheckpoint = async (folder: RunFolder): Promise<boolean> =>
  (await folder.size(NAME)) !== undefined;

/** @throws {LineupError} `disk_full` `storage_failed` */
export async function writeCheckpoint(folder: RunFolder, content: Checkpoint): Promise<void> {
  try {
    await folder.put(NAME, Buffer.from(JSON.stringify(content)));
  } catch (error) {
    throw explainDisk(folder.place, error);
  }
}

/** Never fails: what led here is the failure to tell. */
export const removeCheckpoint = (folder: RunFolder): Promise<void> => folder.remove(NAME).catch(() => {});

/** Removes the chunk files that were begun after the checkpoint. */
export async function removeLaterFiles(
  folder: RunFolder,
  { chunks }: Checkpoint,
  chunkName: (index: number) => string,
): Promise<void> {
  const kept = new Set([NAME, ...chunks.map((_, n) => chunkName(n + 1))]);
  const later = (await folder.names()).filter((name) => !kept.has(name));
  await Promise.all(later.map((name) => folder.remove(name)));
}

async function filesHold(
  { chunks }: Checkpoint,
  { folder, chunkName, signal }: CheckpointSearch,
): Promise<boolean> {
  for (const [n, { bytes, sha256 }] of chunks.entries()) {
    if ((await digestOfBeginning(folder, chunkName(n + 1), bytes, signal)) !== sha256) return false;
  }
  return true;
}

/** Undefined when the file cannot be read. */
async function digestOfBeginning(
  folder: RunFolder,
  name: string,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(folder.read(name, bytes), hash, { signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
  return hash.digest('hex');
}

/** Empty when it is not as it was written. */
async function textOf(folder: RunFolder, size: number): Promise<string> {
  try {
    const parts: Uint8Array[] = [];
    for await (const block of folder.read(NAME, size)) parts.push(block);
    return Buffer.concat(parts).toString('utf8');
  } catch {
    return '';
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not as it was written: then it is none.
    return undefined;
  }
}

export interface StagedPart {
  readonly name: string;
  /** So much of the file; ends with a line. */
  readonly bytes: number;
}

/**
 * The lines of staged files as the beginning of a value stream. The rules send a hash or a raw IFA unchanged, so a kernel that is
 * given them makes the very same lines in the same order, and knows them from then on.
 * @param marked each line is the only value of a member
 */
export async function* replay(
  folder: RunFolder,
  parts: readonly StagedPart[],
  marked: boolean,
): AsyncGenerator<Uint8Array, void> {
  for (const { name, bytes } of parts) {
    let lineBegins = true;
    for await (const block of folder.read(name, bytes)) {
      if (!marked) {
        yield block;
        continue;
      }
      const text = Buffer.from(block.buffer, block.byteOffset, block.length).toString('latin1');
      const lineEnds = text.endsWith('\n');
      const lines = `${lineBegins ? '+' : ''}${text.replaceAll('\n', '\n+')}`;
      yield Buffer.from(lineEnds ? lines.slice(0, -1) : lines, 'latin1');
      lineBegins = lineEnds;
    }
  }
}
