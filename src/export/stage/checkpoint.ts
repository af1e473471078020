/**
 * The checkpoint of a staging: a file beside the chunk files that says how far they are, so that a later process can go on
 * where this one was broken off. It holds counts and digests, and no member's data.
 *
 * It is written over atomically, and what lies in the files beyond it is cut off by whoever goes on: so it holds from the
 * moment that it is written until the next one takes its place, wherever between the two the process dies.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Checkpoint } from './checkpoint-shape.ts';
import { explainDisk } from './disk.ts';

const NAME = 'checkpoint.json';

/** Members come and go: what was read of them long ago is no part of the audience that the rest is read of. */
const GOOD_FOR_MS = 24 * 3_600_000;

/** Why a checkpoint is of no use: it is too old, or it does not fit what is asked for or what lies in the files. */
export type Uselessness = 'too_old' | 'unusable';

export interface CheckpointSearch {
  readonly directory: string;
  readonly chunkName: (index: number) => string;
  readonly key: string;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** The checkpoint in the directory, if a staging can go on from it; or why it cannot. Undefined when there is none. */
export async function findCheckpoint(
  search: CheckpointSearch,
): Promise<{ usable: Checkpoint } | { useless: Uselessness } | undefined> {
  const text = await readFile(join(search.directory, NAME), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // Read only where there is one: a scan without starts sooner.
  const { checkpoint } = await import('./checkpoint-shape.ts');
  const read = checkpoint.safeParse(asJson(text));
  if (!read.success || read.data.key !== search.key) return { useless: 'unusable' };
  if (search.now.getTime() - Date.parse(read.data.at) > GOOD_FOR_MS) return { useless: 'too_old' };
  return (await filesHold(read.data, search)) ? { usable: read.data } : { useless: 'unusable' };
}

/** Whether there is one at all. */
export async function hasCheckpoint(directory: string): Promise<boolean> {
  return access(join(directory, NAME)).then(
    () => true,
    () => false,
  );
}

/** @throws {LineupError} `disk_full` `storage_failed` */
export async function writeCheckpoint(directory: string, content: Checkpoint): Promise<void> {
  const path = join(directory, NAME);
  const next = `${path}.next`;
  try {
    await writeFile(next, JSON.stringify(content), { mode: 0o600 });
    await rename(next, path);
  } catch (error) {
    throw explainDisk(directory, error);
  }
}

/** Never fails: what led here is the failure to tell. */
export async function removeCheckpoint(directory: string): Promise<void> {
  const path = join(directory, NAME);
  await Promise.allSettled([path, `${path}.next`].map((file) => rm(file, { force: true })));
}

/** Removes the chunk files that were begun after the checkpoint. */
export async function removeLaterFiles(
  directory: string,
  { chunks }: Checkpoint,
  chunkName: (index: number) => string,
): Promise<void> {
  const kept = new Set([NAME, ...chunks.map((_, n) => chunkName(n + 1))]);
  const later = (await readdir(directory)).filter((name) => !kept.has(name));
  await Promise.all(later.map((name) => rm(join(directory, name), { force: true })));
}

async function filesHold(
  { chunks }: Checkpoint,
  { directory, chunkName, signal }: CheckpointSearch,
): Promise<boolean> {
  for (const [n, { bytes, sha256 }] of chunks.entries()) {
    if ((await digestOfBeginning(join(directory, chunkName(n + 1)), bytes, signal)) !== sha256) return false;
  }
  return true;
}

/** Undefined when the file cannot be read. */
async function digestOfBeginning(
  path: string,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { end: bytes - 1, highWaterMark: 1 << 20 }), hash, { signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
  return hash.digest('hex');
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
