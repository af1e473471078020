/**
 * Staging: turns a scan's values into chunk files of unique lines. Three parties work at the same time. The
 * source gives blocks, which this thread passes on. Workers with the kernel normalise, hash and
 * deduplicate the values. This thread writes the lines to files, directly from the kernel's memory.
 *
 * A scan of several fields has a delivery for each: a kernel and files of its own. A scan of hashes has counts of the
 * values that its source has kept back, which are added at the end.
 *
 * When a scan gives its place, a checkpoint is written regularly: the source waits a moment, the workers send
 * all their lines, and the progress of all parties is stored. A staging that continues from a checkpoint first
 * replays the lines in the files. Then it has the same state as the staging before.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { deliveriesIn, removeCheckpoint, removeLaterFiles, writeCheckpoint } from './checkpoint.ts';
import { withJudged } from './judged.ts';
import type { KernelRunner } from './kernel-runner.ts';
import { checkLimits, Lane } from './lane.ts';
import type { Staged, StageOptions } from './types.ts';

const PROGRESS_INTERVAL_MS = 200;
const CHECKPOINT_INTERVAL_MS = 1_000;

/** After these failures the staged files are in the way, or useless. */
const FOR_GOOD: readonly string[] = ['disk_full', 'source_expired'];

/**
 * Stages the values of `scan`, and always closes it. Afterwards either all chunks are complete, or only a
 * checkpoint and its files are left, or nothing.
 * @returns what each delivery got, in their order
 * @throws {LineupError} `source_*` when the scan fails; `disk_full`, `storage_failed`; `interrupted` when the
 *   signal aborts; `invalid_argument` for an unknown country, or limits that are too small for a line;
 *   `audience_too_large`
 */
export async function stage(options: StageOptions): Promise<readonly Staged[]> {
  const { scan, signal } = options;
  const staging = new Staging(options);
  try {
    signal?.throwIfAborted();
    options.deliveries.forEach(checkLimits);
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
  readonly #lanes: readonly Lane[];
  #hasCheckpoint: boolean;

  constructor(options: StageOptions) {
    const { folder, deliveries, checkpoints } = options;
    const from = checkpoints?.from;
    const kept = from ? deliveriesIn(from) : [];
    this.#options = options;
    this.#lanes = deliveries.map(
      (delivery, n) => new Lane(delivery, { kernels: deliveries.length, folder, from: kept[n] }),
    );
    this.#hasCheckpoint = from !== undefined;
  }

  async run(): Promise<Staged[]> {
    const { scan, signal } = this.#options;
    const kernels = this.#start();
    const display = this.#showProgress();
    const stopped = Promise.withResolvers<never>();
    const stop = () => stopped.reject(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    const feeding = this.#feed();
    try {
      const all = Promise.all([Promise.all(kernels.map(({ ended }) => ended)), feeding, scan.finished]);
      const [counts] = await Promise.race([all, stopped.promise]);
      display.update();
      // Complete now, because the scan has finished.
      const judged = scan.judged?.();
      return this.#lanes.map(({ tally, files, keptLines }, n) => {
        const all = { ...tally.totals(counts[n]!), ...keptLines() };
        const totals = scan.ofQuery ? { ...all, findings: { ...all.findings, invalidRows: {} } } : all;
        return { ...(judged ? withJudged(totals, judged[n]!) : totals), chunks: files.complete };
      });
    } finally {
      // All parties must have stopped before the files are kept or removed.
      signal?.removeEventListener('abort', stop);
      display.end();
      await Promise.allSettled([scan.close(), ...kernels.map((kernel) => kernel.stop())]);
      await Promise.allSettled([feeding]);
    }
  }

  /** Starts the kernels: all of them, or none. */
  #start(): KernelRunner[] {
    const kernels: KernelRunner[] = [];
    try {
      for (const lane of this.#lanes) kernels.push(lane.start());
      return kernels;
    } catch (error) {
      // There was no memory for one more.
      for (const kernel of kernels) void kernel.stop();
      throw error;
    }
  }

  /** Keeps the files that a later process can continue with, and removes all others. */
  async giveUp(error: unknown): Promise<void> {
    const { checkpoints } = this.#options;
    const code = error instanceof LineupError ? error.code : 'internal';
    const isKept = this.#hasCheckpoint && !FOR_GOOD.includes(code);
    for (const { files } of this.#lanes) await (isKept ? files.leave() : files.discard());
    if (checkpoints && this.#hasCheckpoint && !isKept) await removeCheckpoint(checkpoints.folder);
  }

  /** Passes the source's blocks on. The end counts only when the source reports success. */
  async #feed(): Promise<void> {
    const { scan, checkpoints } = this.#options;
    await this.#begin();
    let keptAt = Number.NEGATIVE_INFINITY;
    for await (const block of scan.blocks) {
      if (!(await this.#lanes[scan.column()]!.kernel.write(block))) return;
      const place = checkpoints && scan.place?.();
      if (place === undefined) continue;
      const { everyMs = CHECKPOINT_INTERVAL_MS, now } = checkpoints!;
      // A clock that was set back must not stop the checkpoints.
      if (Math.abs(now().getTime() - keptAt) < everyMs) continue;
      await this.#keep(place);
      keptAt = now().getTime();
    }
    await scan.finished;
    for (const { kernel } of this.#lanes) kernel.end();
  }

  async #begin(): Promise<void> {
    const { checkpoints, scan } = this.#options;
    if (checkpoints?.from) {
      const names = this.#lanes.map(({ chunkName }) => chunkName);
      await removeLaterFiles(checkpoints.folder, deliveriesIn(checkpoints.from), names);
    }
    for (const [n, lane] of this.#lanes.entries()) {
      const marked = scan.marked[n] === true;
      await lane.kernel.beginAudience(marked);
      if (checkpoints) await lane.replay(checkpoints.folder, marked);
    }
  }

  /** All fields have the same members now. */
  async #keep(place: string): Promise<void> {
    const { folder, key, now } = this.#options.checkpoints!;
    const [first, ...siblings] = await Promise.all(this.#lanes.map((lane) => lane.drain()));
    const at = now().toISOString();
    const others = siblings.length > 0 && { siblings };
    await writeCheckpoint(folder, { version: 1, key, at, place, ...first!, ...others });
    this.#hasCheckpoint = true;
  }

  #showProgress() {
    const { scan, onProgress, clock } = this.#options;
    const ended = new AbortController();
    const update = () => {
      const lanes = this.#lanes.map((lane) => lane.progress());
      const sum = (count: 'scanned' | 'unique') => lanes.reduce((total, lane) => total + lane[count], 0);
      onProgress?.({
        // A kernel counts whole blocks, and short values take longer to fill one: the furthest kernel knows how far the
        // scan is.
        rows: Math.max(...lanes.map(({ rows }) => rows)),
        scanned: sum('scanned'),
        unique: sum('unique'),
        fraction: scan.progress(),
      });
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
