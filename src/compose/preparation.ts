/** Prepares the chunks of a source. Apart from local-exports.ts, because it needs no journal and no keys, and must start quickly. */
import type { Config } from '../config/config.ts';
import type { ScanRequest } from '../contracts/requests.ts';
import { systemClock } from '../contracts/system-clock.ts';
import type { ExportProgress } from '../export/context.ts';
import { type Prepared, prepareChunks } from '../export/prepare.ts';
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
  startWorkerAhead();
  const source = await openSource(request, await config.sources(), hooks.signal);
  try {
    return await prepareChunks({ request, source, directory: out, clock: systemClock, ...hooks });
  } finally {
    await source.close();
  }
}

export type { ExportProgress } from '../export/context.ts';
