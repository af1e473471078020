/**
 * Staging: turns a scan's values into chunk files of unique lines. Three parties work at the same time. The
 * source gives blocks, which this thread passes on. Workers with the kernel normalise, hash and
 * deduplicate the values. This thread writes the lines to files, directly from the kernel's memory.
 *
 * When a scan gives its place, a checkpoint is written regularly: the source waits a moment, the workers send
 * all their lines, and the progress of all parties is stored. A staging that continues from a checkpoint first
 * replays the lines in the files. Then it has the same state as the staging before.
 */
import { isDeepStrictEqual } from 'node:util';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { removeCheckpoint, removeLaterFiles, replay, writeCheckpoint } from './checkpoint.ts';
import { ChunkFiles } from './chunk-files.ts';
import type { KernelOrder, KernelRunner } from './kernel-runner.ts';
import { threadedKernel } from './kernel-threads.ts';
import { Tally, type Totals } from './tally.ts';
import type { LineRules, Staged, StageOptions } from './types.ts';

const PROGRESS_INTERVAL_MS = 200;
const CHECKPOINT_INTERVAL_MS = 1_000;

/** The longest line: a hash and its LF. */
const MAX_LINE = 65;

/** After these failures the staged files are in the way, or useless. */
const FOR_GOOD: readonly string[] = ['disk_full', 'source_expired'];

/**
 * Stages the values of `scan`, and always closes it. Afterwards either all chunks are complete, or only a
 * checkpoint and its files are left, or nothing.
 * @throws {LineupError} `source_*` when the scan fails; `disk_full`, `storage_failed`; `interrupted` when the
 *   signal aborts; `invalid_argument` for an unknown country, or limits that are too small for a line;
 *   `audience_too_large`
 */
export async function stage(options: StageOptions): Promise<Staged> {
  const { scan, signal } = options;
  const staging = new Staging(options);
  try {
    signal?.throwIfAborted();
    checkLimits(options);
    return await staging.run();
  } catch (thrown) {
    const error = signal?.aborted
      ? new LineupError('interrupted', sentence`Staging was interrupted.`, { cause: thrown })
      : thrown;
    await staging.giveUp(error);
    throw error;
  } finally {
    await scan.close();
  }
}

class Staging {
  readonly #options: StageOptions;
  readonly #order: KernelOrder;
  readonly #files: ChunkFiles;
  readonly #tally: Tally;
  #hasCheckpoint: boolean;

  constructor(options: StageOptions) {
    const { folder, chunkName, checkpoints } = options;
    const from = checkpoints?.from;
    this.#options = options;
    this.#order = orderOf(options, options.lists ?? 0);
    this.#files = new ChunkFiles(folder, chunkName, from?.chunks);
    this.#tally = new Tally(this.#order, from);
    this.#hasCheckpoint = from !== undefined;
  }

  async run(): Promise<Staged> {
    const { scan, signal, startKernel = threadedKernel } = this.#options;
    const kernel = startKernel(this.#order, this.#files);
    const display = this.#showProgress(kernel);
    const stopped = Promise.withResolvers<never>();
    const stop = () => stopped.reject(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    const feeding = this.#feed(kernel);
    try {
      const all = Promise.all([kernel.ended, feeding, scan.finished]);
      const [counts] = await Promise.race([all, stopped.promise]);
      display.update();
      return { ...this.#tally.totals(counts), chunks: this.#files.complete };
    } finally {
      // All parties must have stopped before the files are kept or removed.
      signal?.removeEventListener('abort', stop);
      display.end();
      await Promise.allSettled([scan.close(), kernel.stop()]);
      await Promise.allSettled([feeding]);
    }
  }

  /** Keeps the files that a later process can continue with, and removes all others. */
  async giveUp(error: unknown): Promise<void> {
    const { checkpoints } = this.#options;
    const code = error instanceof LineupError ? error.code : 'internal';
    if (this.#hasCheckpoint && !FOR_GOOD.includes(code)) return this.#files.leave();
    await this.#files.discard();
    if (checkpoints && this.#hasCheckpoint) await removeCheckpoint(checkpoints.folder);
  }

  /** Passes the source's blocks on. The end counts only when the source reports success. */
  async #feed(kernel: KernelRunner): Promise<void> {
    const { scan, checkpoints } = this.#options;
    await kernel.beginAudience(scan.marked[0] === true);
    await this.#replay(kernel);
    let keptAt = Number.NEGATIVE_INFINITY;
    for await (const block of scan.blocks) {
      if (!(await kernel.write(block))) return;
      const place = checkpoints && scan.place?.();
      if (place === undefined) continue;
      const { everyMs = CHECKPOINT_INTERVAL_MS, now } = checkpoints!;
      // A clock that was set back must not stop the checkpoints.
      if (Math.abs(now().getTime() - keptAt) < everyMs) continue;
      await this.#keep(place, this.#tally.totals(await kernel.drain()));
      keptAt = now().getTime();
    }
    await scan.finished;
    kernel.end();
  }

  async #replay(kernel: KernelRunner): Promise<void> {
    const { checkpoints, chunkName, scan } = this.#options;
    if (!checkpoints?.from) return;
    const { folder, from } = checkpoints;
    await removeLaterFiles(folder, from, chunkName);
    const parts = from.chunks.map(({ bytes }, n) => ({ name: chunkName(n + 1), bytes }));
    for await (const block of replay(folder, parts, scan.marked[0] === true)) {
      if (!(await kernel.write(block))) return;
    }
    this.#tally.replayed(await kernel.drain());
    if (!isDeepStrictEqual(this.#files.parts, from.chunks)) {
      throw new LineupError(
        'internal',
        sentence`The lines that were staged before differ from the new lines. Run the export again.`,
      );
    }
  }

  async #keep(place: string, totals: Totals): Promise<void> {
    const { folder, key, now } = this.#options.checkpoints!;
    const at = now().toISOString();
    await writeCheckpoint(folder, { version: 1, key, at, place, ...totals, chunks: this.#files.parts });
    this.#hasCheckpoint = true;
  }

  #showProgress(kernel: KernelRunner) {
    const { scan, onProgress, clock } = this.#options;
    const ended = new AbortController();
    const update = () => {
      onProgress?.({ ...this.#tally.progress(kernel.progress()), fraction: scan.progress() });
    };
    const repeat = async () => {
      for (;;) {
        await clock.sleep(PROGRESS_INTERVAL_MS, ended.signal);
        ended.signal.throwIfAborted();
        update();
      }
    };
    if (onProgress) {
      repeat().catch((error: unknown) => {
        if (!ended.signal.aborted) throw error;
      });
    }
    return { update, end: () => ended.abort('The staging has ended.') };
  }
}

/** @param lists how many lists of people to leave out come before the audience */
export function orderOf(options: LineRules, lists: number): KernelOrder {
  const { holdOut } = options;
  return {
    identifierType: options.identifierType,
    ifaFormat: options.ifaFormat,
    defaultCountry: options.identifierType === 'phone' ? options.defaultCountry : undefined,
    lists,
    holdOut: holdOut && {
      experiment: holdOut.experiment,
      below: Math.floor((holdOut.share * 2 ** 32) / 100),
    },
    maxChunkRecords: options.maxChunkRecords,
    maxChunkBytes: options.maxChunkBytes,
  };
}

function checkLimits({ maxChunkRecords, maxChunkBytes }: LineRules): void {
  if (maxChunkRecords < 1 || maxChunkBytes < MAX_LINE) {
    throw new LineupError(
      'invalid_argument',
      sentence`A chunk must have room for at least one record of ${MAX_LINE} bytes, not ${maxChunkRecords} records and ${maxChunkBytes} bytes.`,
    );
  }
}
