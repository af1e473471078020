/** What needs no journal and no keys: opening a source, and preparing its chunks. Kept light, for a quick start. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ScanRequest } from '../contracts/requests.ts';
import type { Clock, ExportProgress } from '../export/context.ts';
import { type Prepared, prepareChunks } from '../export/prepare.ts';
import { openFiles } from '../sources/files/open.ts';
import type { Source } from '../sources/source.ts';

/** What every long operation is given by whoever started it. */
export interface Hooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ExportProgress) => void;
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
};

export function openSource(
  { source, format, encoding }: Pick<ScanRequest, 'source' | 'format' | 'encoding'>,
  signal: AbortSignal,
): Promise<Source> {
  return openFiles({ source, format, encoding, signal });
}

/** Scans and stages into `out`, an empty or new directory; nothing is sent. */
export async function prepare(request: ScanRequest, out: string, hooks: Hooks): Promise<Prepared> {
  const source = await openSource(request, hooks.signal);
  try {
    return await prepareChunks({ request, source, directory: out, clock: systemClock, ...hooks });
  } finally {
    await source.close();
  }
}

export type { ExportProgress } from '../export/context.ts';
