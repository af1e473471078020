/**
 * The checkpoint of a staging: a file beside the chunk files that says how much of them is valid, so that a
 * later process can continue. It contains counts, digests, and the source's place. It is sealed like the
 * chunks, because only the source knows what its place contains.
 *
 * Each write replaces the file atomically. The process that continues cuts off what the chunk files have
 * beyond the checkpoint. So a checkpoint stays valid until the next one replaces it, whenever the process
 * dies.
 */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { RunFolder } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { internalFact, sentence } from '../../domain/text/sentence.ts';
import type { Checkpoint, DeliveryCheckpoint } from './checkpoint-shape.ts';
import { explainDisk, GONE } from './chunk-files.ts';
import type { ChunkName } from './types.ts';

const NAME = 'checkpoint.json';

/** Memberships change. Members that were read long ago may not belong to the same audience as the rest. */
const GOOD_FOR_MS = 24 * 3_600_000;

/** Why a checkpoint cannot be used: it is too old, or it does not fit the request or the files. */
export type UnusableReason = 'too_old' | 'unusable';

export interface CheckpointSearch {
  readonly folder: RunFolder;
  /** Of each delivery. */
  readonly chunkNames: readonly ChunkName[];
  readonly key: string;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** The checkpoint in the folder, or why it cannot be used. Undefined when there is none. */
export async function findCheckpoint(
  search: CheckpointSearch,
): Promise<{ usable: Checkpoint } | { useless: UnusableReason } | undefined> {
  const { folder } = search;
  // Undefined also when it cannot be opened: then the key is gone, and with it the chunks.
  const size = await folder.size(NAME);
  if (size === undefined) return undefined;
  const text = await textOf(folder, size);
  // Loaded only when there is a checkpoint, so that other scans start faster.
  const { checkpoint } = await import('./checkpoint-shape.ts');
  const read = checkpoint.safeParse(asJson(text));
  if (!read.success || read.data.key !== search.key) return { useless: 'unusable' };
  if (search.now.getTime() - Date.parse(read.data.at) > GOOD_FOR_MS) return { useless: 'too_old' };
  return (await filesHold(deliveriesIn(read.data), search)) ? { usable: read.data } : { useless: 'unusable' };
}

/** How far each delivery has come, in their order. */
export const deliveriesIn = (kept: Checkpoint): readonly DeliveryCheckpoint[] => [kept, ...(kept.siblings ?? [])];

/** Whether there is a checkpoint. */
export const hasCheckpoint = async (folder: RunFolder): Promise<boolean> => (await folder.size(NAME)) !== undefined;

/** @throws {LineupError} `disk_full` `storage_failed` */
export async function writeCheckpoint(folder: RunFolder, content: Checkpoint): Promise<void> {
  try {
    await folder.put(NAME, Buffer.from(JSON.stringify(content)));
  } catch (error) {
    throw explainDisk(folder.place, error);
  }
}

/** Never fails, because another error is already being reported. */
export const removeCheckpoint = (folder: RunFolder): Promise<void> => folder.remove(NAME).catch(() => {});

/**
 * Removes the chunk files that were started after the checkpoint.
 * @param deliveries of the checkpoint
 * @param chunkNames of each delivery
 * @throws {LineupError} `storage_failed`
 */
export async function removeLaterFiles(
  folder: RunFolder,
  deliveries: readonly DeliveryCheckpoint[],
  chunkNames: readonly ChunkName[],
): Promise<void> {
  const kept = new Set([NAME, ...namesOf(deliveries, chunkNames)]);
  const later = (await folder.names()).filter((name) => !kept.has(name));
  try {
    await Promise.all(later.map((name) => folder.remove(name)));
  } catch (cause) {
    throw lost(folder, cause);
  }
}

const namesOf = (deliveries: readonly DeliveryCheckpoint[], chunkNames: readonly ChunkName[]): string[] =>
  deliveries.flatMap(({ chunks }, n) => chunks.map((_, chunk) => chunkNames[n]!(chunk + 1)));

async function filesHold(
  deliveries: readonly DeliveryCheckpoint[],
  { folder, chunkNames, signal }: CheckpointSearch,
): Promise<boolean> {
  if (deliveries.length !== chunkNames.length) return false;
  const names = namesOf(deliveries, chunkNames);
  for (const [n, { bytes, sha256 }] of deliveries.flatMap(({ chunks }) => chunks).entries()) {
    if ((await digestOfBeginning(folder, names[n]!, bytes, signal)) !== sha256) return false;
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

/** Empty when the file cannot be read as it was written. */
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
    // Damaged, so it counts as no checkpoint.
    return undefined;
  }
}

export interface StagedPart {
  readonly name: string;
  /** The length to read. It ends after a line. */
  readonly bytes: number;
}

/**
 * The lines of staged files, as the beginning of a value stream. The rules send a hash or a raw IFA
 * unchanged. So a kernel makes the same lines from them, in the same order, and knows them afterwards.
 * @param heading how long the heading of each file is, which is no value
 * @param marked each line is the only value of a member
 * @throws {LineupError} `storage_failed` when a file is gone or damaged
 */
export async function* replay(
  folder: RunFolder,
  parts: readonly StagedPart[],
  heading: number,
  marked: boolean,
): AsyncGenerator<Uint8Array, void> {
  for (const { name, bytes } of parts) {
    let lineBegins = true;
    let skip = heading;
    for await (const read of readPart(folder, name, bytes)) {
      const block = read.subarray(skip);
      skip -= read.length - block.length;
      if (block.length === 0) continue;
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

async function* readPart(folder: RunFolder, name: string, bytes: number): AsyncGenerator<Uint8Array, void> {
  try {
    yield* folder.read(name, bytes);
  } catch (cause) {
    throw lost(folder, cause);
  }
}

/** Somebody has removed or changed the files since the checkpoint was found to fit them. */
const lost = ({ place }: RunFolder, cause: unknown): LineupError =>
  new LineupError(
    'storage_failed',
    sentence`The staged chunks in ${internalFact(place, sentence`the data directory`)} can no longer be read. The next attempt reads the source from the beginning.`,
    { reason: GONE, retryable: true, cause },
  );
