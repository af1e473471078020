/**
 * Scan and staging of all deliveries of a run, after their suppression lists were read. If an earlier process has left
 * a checkpoint of the same scan, and the source can start there, the scan continues. Otherwise it starts at the
 * beginning. In both cases all chunks belong to one scan.
 */
import type { RunFolder } from '../contracts/ports.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import type { RunRequest } from '../domain/runs/run.ts';
import type { ScanRestart } from '../domain/runs/run-events.ts';
import { deliveriesOf } from '../domain/runs/run-state.ts';
import type { Scan } from '../sources/source.ts';
import { chunkNameOf, type ErasureList, type ExportContext, timestamp } from './context.ts';
import { erasedOf, noteErased } from './erased.ts';
import {
  type AfterLists,
  type Beginning,
  type StagedDelivery,
  scanAfterLists,
  withKeptOut,
} from './scan-after-lists.ts';
import { findCheckpoint } from './stage/checkpoint.ts';
import type { Checkpoint } from './stage/checkpoint-shape.ts';
import { contentOf, explainDisk, noFolder } from './stage/chunk-files.ts';
import { threadedKernel } from './stage/kernel-threads.ts';
import { stage } from './stage/stage.ts';
import type { LineRules, Staged, StageOptions } from './stage/types.ts';
import { inStage } from './stages.ts';
import { type ReadLists, readLists, type SuppressionList } from './suppression.ts';
import { countsTurnover } from './turnover/count.ts';

/**
 * @param lists the suppression lists that apply to the run
 * @returns what was staged for each delivery
 * @throws {LineupError} `source_*`; `suppression_list_*`; `disk_full`, `storage_failed`; `interrupted`
 */
export async function scanAndStage(
  context: ExportContext,
  lists: readonly SuppressionList[],
): Promise<StagedDelivery[]> {
  const { journal, traits, clock, signal, withScan, onProgress, startKernel = threadedKernel } = context;
  const requests = deliveriesOf(journal.state).map(({ request }) => request);
  const erased = await erasedOf(context);
  const deliveries = requests.map((request, n) => ({
    rules: { ...rulesOf(request, traits, erased), keepsLines: countsTurnover(context, request) },
    chunkName: chunkNameOf(n + 1),
  }));
  const keyAfter = (read: AfterLists['lists']) => keyOf(requests, read, erased, traits.rules.version);
  return scanAfterLists(
    {
      deliveries,
      lists,
      withScan,
      inStage: (stage, work) => inStage(context, stage, work),
      startKernel,
      signal,
      onProgress: (list, values) => onProgress({ stage: 'suppression', list, values }),
    },
    async (read): Promise<Start> => {
      const key = keyAfter(read);
      const chunkNames = deliveries.map(({ chunkName }) => chunkName);
      const folder = journal.staged;
      const found = await findCheckpoint({ folder, chunkNames, key, now: clock.now(), signal });
      const kept = found && 'usable' in found ? found.usable : undefined;
      return { kept, place: kept?.place, useless: found && 'useless' in found ? found.useless : undefined };
    },
    async (scan, begins, after, start) => {
      const staged = await stageScan(context, scan, begins, after, keyAfter(after.lists), start);
      if (!journal.state.request.dryRun) await noteErased(journal.staged, erased);
      return staged;
    },
  );
}

/** What an earlier process has left. */
interface Start {
  readonly kept: Checkpoint | undefined;
  readonly place: string | undefined;
  readonly useless: ScanRestart | undefined;
}

async function stageScan(
  context: ExportContext,
  scan: Scan,
  begins: Beginning,
  { deliveries, lists }: AfterLists,
  key: string,
  { kept, useless }: Start,
): Promise<StagedDelivery[]> {
  const { journal, clock, signal, onProgress } = context;
  const { dryRun } = journal.state.request;
  const folder = journal.staged;
  const from = begins === 'at the place' ? kept : undefined;
  const restarted = begins === 'anew' ? 'expired' : useless;
  await journalStart(context, { continuedAt: from?.counts.rows, restarted });
  // A scan from the beginning cannot use what was staged before.
  if (!from && !dryRun) {
    await folder.clear().catch((error: unknown) => {
      throw explainDisk(folder.place, error);
    });
  }
  const options: StageOptions = {
    scan,
    deliveries,
    // A dry run is never resumed, so it leaves no files.
    folder: dryRun ? noFolder : folder,
    checkpoints: dryRun ? undefined : { folder, key, now: () => clock.now(), from },
    signal,
    onProgress: (progress) => onProgress({ stage: 'scan', ...progress, continuedAt: from?.counts.rows, restarted }),
    clock,
  };
  const staged = await inStage(context, 'stage', () => stage(options), { found: countsOf });
  if (!dryRun && lists.length > 0) await writeLists(folder, lists);
  return withKeptOut(staged, lists);
}

/** Of all deliveries together. */
const countsOf = (staged: readonly Staged[]) => ({
  scanned: staged.reduce((sum, { counts }) => sum + counts.scanned, 0),
  members: staged.reduce((sum, { counts }) => sum + counts.unique, 0),
  chunks: staged.reduce((sum, { chunks }) => sum + chunks.length, 0),
});

/** Beside the chunks, and sealed as they are: which lists have left people out of them, and the digest of each. */
const LISTS = 'lists.json';

const digestsOf = (lists: AfterLists['lists']): Uint8Array =>
  Buffer.from(JSON.stringify(lists.map(({ read, key }) => read.map(({ id }, n) => [id, key[n]]))));

async function writeLists(folder: RunFolder, lists: AfterLists['lists']): Promise<void> {
  try {
    await folder.put(LISTS, digestsOf(lists));
  } catch (error) {
    throw explainDisk(folder.place, error);
  }
}

/**
 * Reads the suppression lists of a run that has staged its chunks, and compares them with those that it has read then.
 * @throws {LineupError} `suppression_list_*`; `interrupted`
 */
export async function hasSameLists(
  { journal, traits, signal, onProgress, startKernel = threadedKernel }: ExportContext,
  lists: readonly SuppressionList[],
): Promise<boolean> {
  const folder = journal.staged;
  const before = await contentOf(folder, LISTS);
  if (lists.length === 0) return before === undefined;
  const read = await readLists({
    lists,
    deliveries: deliveriesOf(journal.state).map(({ request }) => rulesOf(request, traits)),
    startKernel,
    signal,
    onProgress: (list, values) => onProgress({ stage: 'suppression', list, values }),
  });
  await Promise.all(read.map((list) => list.stop()));
  return before?.equals(digestsOf(read)) ?? false;
}

interface ScanStart {
  readonly continuedAt: number | undefined;
  readonly restarted: ScanRestart | undefined;
}

async function journalStart({ journal, clock }: ExportContext, { continuedAt, restarted }: ScanStart): Promise<void> {
  const at = timestamp(clock);
  if (continuedAt !== undefined) await journal.append({ type: 'scan_continued', at, rows: continuedAt });
  if (restarted !== undefined) await journal.append({ type: 'scan_restarted', at, reason: restarted });
}

const rulesOf = (request: RunRequest, { rules }: DestinationTraits, erased?: ErasureList): LineRules => ({
  identifierType: request.identifierType,
  ifaFormat: request.ifaFormat,
  hashesInRawColumn: rules.hashesInRawColumn,
  defaultCountry: request.defaultCountry ?? undefined,
  presumedCountry: request.presumedCountry,
  holdOut: request.holdOut ?? undefined,
  erased: erased?.get(request.identifierType),
  heading: request.heading,
  maxChunkRecords: request.chunkRecords,
  maxChunkBytes: request.chunkBytes,
});

/**
 * Everything that decides which lines a scan gives, how they are split into chunks, and what is counted.
 * @param requests of each delivery
 * @param rulesVersion of the destination
 */
export const keyOf = (
  [first, ...siblings]: readonly RunRequest[],
  [lists, ...others]: readonly ReadLists[],
  erased: ErasureList,
  rulesVersion: number,
): string => {
  const { source, destination, holdOut, hashInDatabase, presumedCountry, chunkRecords, chunkBytes } = first!;
  return JSON.stringify([
    rulesVersion,
    source.location,
    source.format,
    source.encoding,
    // Added later, and only when they are set, so that the keys of older runs stay the same.
    ...(source.delimiter || source.header ? [source.delimiter ?? null, source.header ?? null] : []),
    ...valuesOf(first!),
    chunkRecords,
    chunkBytes,
    ...(destination ? [destination] : []),
    ...(holdOut ? [holdOut] : []),
    ...(hashInDatabase ? ['hashed in the database'] : []),
    ...(presumedCountry ? [`numbers of ${presumedCountry} are counted`] : []),
    ...(lists ? [lists.key] : []),
    ...(erased.size > 0 ? [[...erased].map(([type, { digest }]) => [type, digest])] : []),
    ...siblings.map((sibling, n) => [...valuesOf(sibling), ...(others[n] ? [others[n].key] : [])]),
  ]);
};

const valuesOf = ({ field, identifierType, ifaFormat, defaultCountry, heading }: RunRequest) => [
  field,
  identifierType,
  ifaFormat,
  defaultCountry,
  ...(heading === undefined ? [] : [heading]),
];
