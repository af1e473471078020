/** Prepares the chunks of a source. Apart from local-exports.ts, because it needs no journal and no keys, and must start quickly. */
import { stat } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import type { ScanRequest } from '../contracts/requests.ts';
import { systemClock } from '../contracts/system-clock.ts';
import type { ExportProgress } from '../export/context.ts';
import { type Prepared, prepareChunks } from '../export/prepare.ts';
import type { StartKernel } from '../export/stage/kernel-runner.ts';
import { startWorkerAhead } from '../export/stage/kernel-thread.ts';
import { openSource } from './open-source.ts';

/** The signal and the progress callback of a long operation. */
export interface Hooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ExportProgress) => void;
}

/** Scans and stages into `out`, an empty or new directory, and sends nothing. */
export async function prepare(
  config: Config,
  request: ScanRequest,
  out: string,
  hooks: Hooks,
): Promise<Prepared> {
  const startKernel = await kernelFor(request.source);
  const source = await openSource(request, await config.sources(), hooks.signal);
  try {
    return await prepareChunks({
      request,
      source,
      directory: out,
      clock: systemClock,
      startKernel,
      ...hooks,
    });
  } finally {
    await source.close();
  }
}

/** For a file of this size, to start a thread takes longer than all the work. */
const SMALL_BYTES = 1 << 20;

/** The kernel in this thread for a small file; undefined, and a thread that starts now, for everything else. */
async function kernelFor(source: string): Promise<StartKernel | undefined> {
  const file = await stat(source).catch(() => undefined);
  if (file?.isFile() && file.size <= SMALL_BYTES) {
    return (await import('../export/stage/kernel-inline.ts')).inlineKernel;
  }
  startWorkerAhead();
  return undefined;
}

export type { ExportProgress } from '../export/context.ts';
