/**
 * One scan for all deliveries, after one reading of the suppression lists for all of them. A kernel belongs to one
 * delivery: it knows the lists, and then takes the values of the delivery's field.
 */
import type { SuppressedBy } from '../domain/runs/run.ts';
import { hasExpired, type WithScan } from '../sources/scans.ts';
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
  /** Does the reading of the lists, and the scan. @default only does it */
  readonly inStage?: <T>(stage: 'lists' | 'scan', work: () => Promise<T>) => Promise<T>;
}

/** For the staging of one scan: what the lists gave, and each delivery with its kernel. */
export interface AfterLists {
  readonly deliveries: readonly StageDelivery[];
  /** For each delivery. Empty when no list applies to the run. */
  readonly lists: readonly ReadLists[];
}

/** How often a scan starts again. Each attempt may take as long as the first, so the number is small. */
const MAX_RESTARTS = 2;

/** `anew`: the source could not continue, so the scan starts again at the beginning. */
export type Beginning = 'first' | 'at the place' | 'anew';

/**
 * Runs the work on one whole scan, after the lists of each delivery were read. When the source cannot continue
 * (`source_expired`), all of it starts again from the beginning: a kernel can take only one audience. The work must
 * then discard the values that it has already taken; otherwise members would count twice.
 * @param startOf what an earlier process has left, with the place where the first scan starts
 * @param work gets the scan, and how it starts
 * @throws errors of the lists, of opening and of `work`; `source_expired` after the last restart
 */
export async function scanAfterLists<T, Start extends { readonly place?: string | undefined }>(
  { deliveries, withScan, inStage = (_, work) => work(), ...options }: ScanOptions,
  startOf: (lists: AfterLists['lists']) => Promise<Start>,
  work: (scan: Scan, begins: Beginning, after: AfterLists, start: Start) => Promise<T>,
): Promise<T> {
  const rules = deliveries.map((delivery) => delivery.rules);
  let start: Start | undefined;
  for (let restarts = 0; ; restarts += 1) {
    // Before the scan is opened, so that a source does not wait meanwhile, and no reader keeps another one waiting.
    const readAll = () => readLists({ ...options, deliveries: rules });
    const lists = options.lists.length > 0 ? await inStage('lists', readAll) : [];
    try {
      start ??= await startOf(lists);
      const left = start;
      const from = restarts === 0 ? left.place : undefined;
      const begins = restarts > 0 ? 'anew' : from === undefined ? 'first' : 'at the place';
      const after = { deliveries: withKernels(deliveries, lists, options.startKernel), lists };
      return await inStage('scan', () => withScan(from, (scan) => work(scan, begins, after, left)));
    } catch (error) {
      if (!hasExpired(error) || restarts === MAX_RESTARTS) throw error;
    } finally {
      await stopAll(lists);
    }
  }
}

async function stopAll(lists: AfterLists['lists']): Promise<void> {
  await Promise.all(lists.map((list) => list.stop()));
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
