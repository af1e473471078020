/**
 * One scan for all deliveries, after one reading of the suppression lists for all of them. A kernel belongs to one
 * delivery: it knows the lists, and then takes the values of the delivery's field.
 */
import type { SuppressedBy } from '../domain/runs/run.ts';
import { type Beginning, type WithScan, wholeScan } from '../sources/scans.ts';
import type { Scan } from '../sources/source.ts';
import type { StartKernel } from './stage/kernel-runner.ts';
import type { ChunkName, LineRules, StageDelivery, Staged } from './stage/types.ts';
import { type ReadLists, type ReadOptions, readLists } from './suppression.ts';

export interface Delivery {
  readonly rules: LineRules;
  /** The names of its chunk files. */
  readonly chunkName: ChunkName;
}

/** With the lists that apply to the run. */
export interface ScanOptions extends Omit<ReadOptions, 'deliveries'> {
  readonly deliveries: readonly Delivery[];
  readonly withScan: WithScan;
}

/** For the staging of one scan: what the lists gave, and each delivery with its kernel. */
export interface AfterLists {
  readonly deliveries: readonly StageDelivery[];
  /** For each delivery. Empty when no list applies to the run. */
  readonly lists: readonly ReadLists[];
}

/**
 * Runs the work on one whole scan, after the lists of each delivery were read, and again for a scan that begins anew: a
 * kernel can take only one audience.
 * @param startOf what an earlier process has left, with the place where the first scan starts
 */
export async function scanAfterLists<T, Start extends { readonly place?: string | undefined }>(
  { deliveries, withScan, ...options }: ScanOptions,
  startOf: (lists: AfterLists['lists']) => Promise<Start>,
  work: (scan: Scan, begins: Beginning, after: AfterLists, start: Start) => Promise<T>,
): Promise<T> {
  const rules = deliveries.map((delivery) => delivery.rules);
  const readAll = async () => (options.lists.length > 0 ? readLists({ ...options, deliveries: rules }) : []);
  // Before the scan is opened, so that a source does not wait meanwhile, and no reader keeps another one waiting.
  let lists = await readAll();
  try {
    const start = await startOf(lists);
    let isFirst = true;
    const withLists: WithScan = async (from, take) => {
      if (!isFirst) {
        await stopAll(lists);
        lists = await readAll();
      }
      isFirst = false;
      return withScan(from, take);
    };
    const take = (scan: Scan, begins: Beginning) =>
      work(scan, begins, { deliveries: withKernels(deliveries, lists, options.startKernel), lists }, start);
    return await wholeScan(withLists, take, start.place);
  } finally {
    await stopAll(lists);
  }
}

async function stopAll(lists: AfterLists['lists']): Promise<void> {
  await Promise.all(lists.map((one) => one.stop()));
}

const withKernels = (
  deliveries: readonly Delivery[],
  lists: AfterLists['lists'],
  startKernel: StartKernel,
): StageDelivery[] =>
  deliveries.map(({ rules, chunkName }, n) => ({
    ...rules,
    chunkName,
    startKernel: lists[n]?.startKernel ?? startKernel,
    lists: lists[n]?.read.length ?? 0,
  }));

/** What was staged for one delivery, and what each list has left out. */
export interface StagedDelivery extends Omit<Staged, 'suppressedBy' | 'erased'> {
  readonly suppression?: readonly SuppressedBy[] | undefined;
}

/** @param staged for each delivery */
export const withKeptOut = (staged: readonly Staged[], lists: AfterLists['lists']): StagedDelivery[] =>
  staged.map(({ suppressedBy = [], erased: _, ...result }, n) => {
    const read = lists[n]?.read;
    if (!read) return result;
    return {
      ...result,
      suppression: read.map((list, at) => ({ ...list, suppressed: suppressedBy[at] ?? 0 })),
    };
  });
