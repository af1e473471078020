import type { Scan, Source } from '../../sources/source.ts';

/** A scan whose source is closed along with it: nothing is held while what was read is uploaded, which may take hours. */
export async function scanAlone(
  source: Source,
  field: string,
  signal: AbortSignal,
  from: string | undefined,
): Promise<Scan> {
  const scan = await source.scan(field, signal, from).catch(async (error: unknown) => {
    await source.close();
    throw error;
  });
  const { marked, blocks, finished, place } = scan;
  return {
    marked,
    blocks,
    finished,
    progress: () => scan.progress(),
    ...(place && { place: () => scan.place?.() }),
    close: () => scan.close().finally(() => source.close()),
  };
}
