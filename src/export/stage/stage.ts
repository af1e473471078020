/**
 * Staging: a scan's values to chunk files of unique lines. Three parties work at the same time: the source, whose blocks
 * this thread passes on; a worker with the kernel, which normalises, hashes and deduplicates; and this thread again,
 * which writes the lines away, straight from the kernel's memory.
 */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { LineupError } from '../../contracts/errors.ts';
import { type KernelCounts, OUTPUT_BUFFERS } from '../../identifiers/kernel/kernel.ts';
import type { Scan } from '../../sources/source.ts';
import { ByteWriter, makeByteChannel } from './byte-channel.ts';
import { ChunkFiles } from './chunk-files.ts';
import type { StageOrder, StageReport } from './protocol.ts';
import type { Staged, StageOptions } from './types.ts';

const workerUrl = new URL(`./worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

const PROGRESS_INTERVAL_MS = 200;

/** The longest line: a hash and its LF. */
const MAX_LINE = 65;

/**
 * Stages the values of `scan`, and closes it in every case. Either all chunks are complete, or no file is left.
 * @throws {LineupError} `source_*` when the scan fails; `disk_full`, `storage_failed`; `interrupted` when the signal
 * aborts; `invalid_argument` for an unknown country or limits that no line fits in; `audience_too_large`
 */
export async function stage(options: StageOptions): Promise<Staged> {
  const { scan, signal } = options;
  const files = new ChunkFiles(options.directory, options.chunkName);
  try {
    signal?.throwIfAborted();
    checkLimits(options);
    const counts = await stageInto(files, options);
    return { ...shape(counts), chunks: files.complete };
  } catch (error) {
    await files.discard();
    if (signal?.aborted) throw new LineupError('interrupted', 'Staging was interrupted.', { cause: error });
    throw error;
  } finally {
    await scan.close();
  }
}

async function stageInto(files: ChunkFiles, options: StageOptions): Promise<KernelCounts> {
  const { scan, signal } = options;
  const order = makeOrder(options);
  const channel = new ByteWriter(order.input);
  const worker = new Worker(workerUrl, { workerData: order });
  const display = showProgress(options, order.progress);
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const feeding = feed(scan, channel);
  const writing = writeReports(worker, files, order.busy);
  try {
    const [counts] = await Promise.race([Promise.all([writing, feeding, scan.finished]), stopped.promise]);
    display.update();
    return counts;
  } finally {
    // Every party has come to rest before the files are kept or removed.
    signal?.removeEventListener('abort', stop);
    display.end();
    channel.close();
    await Promise.allSettled([scan.close(), worker.terminate()]);
    await Promise.allSettled([feeding, writing]);
  }
}

function makeOrder(options: StageOptions): StageOrder {
  return {
    identifierType: options.identifierType,
    ifaFormat: options.ifaFormat,
    defaultCountry: options.identifierType === 'phone' ? options.defaultCountry : undefined,
    marked: options.scan.marked,
    maxChunkRecords: options.maxChunkRecords,
    maxChunkBytes: options.maxChunkBytes,
    input: makeByteChannel(),
    busy: new Int32Array(new SharedArrayBuffer(OUTPUT_BUFFERS * Int32Array.BYTES_PER_ELEMENT)),
    progress: new BigUint64Array(new SharedArrayBuffer(3 * BigUint64Array.BYTES_PER_ELEMENT)),
  };
}

/** Passes the source's blocks on. The end counts only when the source says that it gave everything. */
async function feed(scan: Scan, channel: ByteWriter): Promise<void> {
  for await (const block of scan.blocks) {
    if (!(await channel.write(block))) return;
  }
  await scan.finished;
  channel.end();
}

/** Writes lines away in the order in which the worker hands them over, until its last word. */
function writeReports(
  worker: Worker,
  files: ChunkFiles,
  busy: Int32Array<SharedArrayBuffer>,
): Promise<KernelCounts> {
  const { promise, resolve, reject } = Promise.withResolvers<KernelCounts>();
  let written: Promise<unknown> = Promise.resolve();
  const take = async (report: StageReport): Promise<void> => {
    if (report.kind === 'failed') throw new LineupError(report.code, report.message);
    if (report.kind === 'ended') return resolve(report.counts);
    await files.write(report.lines);
    Atomics.store(busy, report.buffer, 0);
    Atomics.notify(busy, report.buffer);
    if (report.chunkRecords !== null) await files.endChunk(report.chunkRecords);
  };
  worker.on('message', (report: StageReport) => {
    written = written.then(() => take(report));
    written.catch(reject);
  });
  worker.on('error', (cause) => reject(new LineupError('internal', 'The staging worker failed.', { cause })));
  // After the last word this changes nothing.
  worker.on(
    'exit',
    () =>
      void written
        .then(() => reject(new LineupError('internal', 'The staging worker stopped.')))
        .catch(reject),
  );
  return promise;
}

function showProgress({ scan, onProgress }: StageOptions, progress: StageOrder['progress']) {
  const update = () => {
    const [rows, scanned, unique] = [0, 1, 2].map((cell) => Number(Atomics.load(progress, cell)));
    onProgress?.({ rows: rows!, scanned: scanned!, unique: unique!, fraction: scan.progress() });
  };
  const timer = onProgress ? setInterval(update, PROGRESS_INTERVAL_MS) : undefined;
  return { update, end: () => clearInterval(timer) };
}

function checkLimits({ maxChunkRecords, maxChunkBytes }: StageOptions): void {
  if (maxChunkRecords < 1 || maxChunkBytes < MAX_LINE) {
    throw new LineupError(
      'invalid_argument',
      `A chunk must have room for at least one record of ${MAX_LINE} bytes, not ${maxChunkRecords} records and ${maxChunkBytes} bytes.`,
    );
  }
}

function shape({ invalidRows, leadingZero, upperCase, ...counts }: KernelCounts): Omit<Staged, 'chunks'> {
  return { counts, findings: { phonesWithoutCountry: leadingZero, uppercaseHashes: upperCase, invalidRows } };
}
