/**
 * Prepares the chunks of a source. Apart from local-exports.ts, because it needs no journal and no keys, and must start
 * quickly.
 */
import { stat } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import type { ScanRequest } from '../domain/audiences/requests.ts';
import { defaultDestination } from '../domain/destinations/index.ts';
import type { ExportProgress } from '../export/context.ts';
import { type Prepared, prepareChunks, scannedFields } from '../export/prepare.ts';
import type { StartKernel } from '../export/stage/kernel-runner.ts';
import { kernelIn, startWorkerAhead } from '../export/stage/kernel-threads.ts';
import { systemClock } from '../machine/system-clock.ts';
import { localList, localLists } from './local-suppression.ts';
import { assertHashes, openSource } from './open-source.ts';

/** What a long operation gets from its caller. */
export interface Hooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ExportProgress) => void;
  /** How many threads hash. @default as many as the machine has cores for */
  readonly threads?: number | undefined;
}

/** Scans and stages into `out`, an empty or new directory, and sends nothing. */
export async function prepare(config: Config, request: ScanRequest, out: string, hooks: Hooks): Promise<Prepared> {
  const { threads, ...others } = hooks;
  await assertHashes(request);
  const startKernel = await kernelFor(request.source, threads);
  const open = async () => openSource(request, config.variable, hooks.signal);
  const source = await open();
  try {
    return await prepareChunks({
      request,
      traits: defaultDestination,
      source,
      reopen: open,
      directory: out,
      clock: systemClock,
      startKernel,
      lists: await localLists(
        (request.suppress ?? []).map(localList),
        { deliveries: scannedFields(request), hashInDatabase: request.hashInDatabase },
        async (location) => openSource({ source: location }, config.variable, hooks.signal),
        // Nothing is known of earlier reads.
        async () => null,
        hooks.signal,
      ),
      ...others,
    });
  } finally {
    await source.close();
  }
}

/** For a file of this size, to start a thread takes longer than all the work. */
const SMALL_BYTES = 1 << 20;

/**
 * The kernel in this thread for a small file. For everything else, worker threads, of which the first one starts now.
 */
async function kernelFor(source: string, threads: number | undefined): Promise<StartKernel | undefined> {
  const file = await stat(source).catch(() => undefined);
  if (file?.isFile() && file.size <= SMALL_BYTES) {
    return (await import('../export/stage/kernel-inline.ts')).inlineKernel;
  }
  startWorkerAhead();
  return threads === undefined ? undefined : kernelIn(threads);
}

export type { ExportProgress } from '../export/context.ts';
export type { Prepared } from '../export/prepare.ts';
