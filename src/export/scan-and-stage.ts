/**
 * Scan and staging of a run, after its suppression lists were read. If an earlier process has left a checkpoint of the
 * same scan, and the source can start there, the scan continues. Otherwise it starts at the beginning. In both cases all
 * chunks belong to one scan.
 */
import { RULES_VERSION } from '../../packages/identifiers/src/rules.ts';
import type { RunRequest, SuppressedBy } from '../contracts/run.ts';
import type { ScanRestart } from '../contracts/run-events.ts';
import type { Beginning } from '../sources/scans.ts';
import type { Scan } from '../sources/source.ts';
import { chunkName, type ExportContext, timestamp } from './context.ts';
import { findCheckpoint } from './stage/checkpoint.ts';
import type { Checkpoint } from './stage/checkpoint-shape.ts';
import { noFolder } from './stage/chunk-files.ts';
import { threadedKernel } from './stage/kernel-threads.ts';
import { stage } from './stage/stage.ts';
import type { LineRules, Staged } from './stage/types.ts';
import { keptOut, type ReadLists, readLists, type SuppressionList, scanAfterLists } from './suppression.ts';

/** What was staged, and what each list has left out. */
export interface StagedRun extends Omit<Staged, 'suppressedBy'> {
  readonly suppression?: readonly SuppressedBy[] | undefined;
}

/**
 * @param lists the suppression lists of the run
 * @throws {LineupError} `source_*`; `suppression_list_*`; `disk_full`, `storage_failed`; `interrupted`
 */
export async function scanAndStage(
  context: ExportContext,
  lists: readonly SuppressionList[],
): Promise<StagedRun> {
  const { journal, clock, signal, onProgress, startKernel = threadedKernel } = context;
  const { request } = journal.state;
  const readAll = () =>
    readLists({
      lists,
      rules: rulesOf(request),
      startKernel,
      signal,
      onProgress: (list, values) => onProgress({ stage: 'suppression', list, values }),
    });
  return scanAfterLists(
    context.withScan,
    lists.length > 0 ? readAll : undefined,
    async (read): Promise<Start> => {
      const key = keyOf(request, read);
      const folder = journal.staged;
      const found = await findCheckpoint({ folder, chunkName, key, now: clock.now(), signal });
      const kept = found && 'usable' in found ? found.usable : undefined;
      return { kept, place: kept?.place, useless: found && 'useless' in found ? found.useless : undefined };
    },
    (scan, begins, read, start) => stageScan(context, scan, begins, read, start),
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
  lists: ReadLists | undefined,
  { kept, useless }: Start,
): Promise<StagedRun> {
  const { journal, clock, signal, onProgress, startKernel } = context;
  const { request } = journal.state;
  const folder = journal.staged;
  const key = keyOf(request, lists);
  const from = begins === 'at the place' ? kept : undefined;
  const restarted = begins === 'anew' ? 'expired' : useless;
  await journalStart(context, { continuedAt: from?.counts.rows, restarted });
  // A scan from the beginning cannot use what was staged before.
  if (!from && !request.dryRun) await folder.clear();
  const { suppressedBy, ...staged } = await stage({
    ...rulesOf(request),
    scan,
    // A dry run is never resumed, so it leaves no files.
    folder: request.dryRun ? noFolder : folder,
    chunkName,
    checkpoints: request.dryRun ? undefined : { folder, key, now: () => clock.now(), from },
    signal,
    onProgress: (progress) =>
      onProgress({ stage: 'scan', ...progress, continuedAt: from?.counts.rows, restarted }),
    clock,
    startKernel: lists?.startKernel ?? startKernel,
    lists: lists?.read.length ?? 0,
  });
  return lists ? { ...staged, suppression: keptOut(lists, suppressedBy) } : staged;
}

interface ScanStart {
  readonly continuedAt: number | undefined;
  readonly restarted: ScanRestart | undefined;
}

async function journalStart(
  { journal, clock }: ExportContext,
  { continuedAt, restarted }: ScanStart,
): Promise<void> {
  const at = timestamp(clock);
  if (continuedAt !== undefined) await journal.append({ type: 'scan_continued', at, rows: continuedAt });
  if (restarted !== undefined) await journal.append({ type: 'scan_restarted', at, reason: restarted });
}

const rulesOf = (request: RunRequest): LineRules => ({
  identifierType: request.identifierType,
  ifaFormat: request.ifaFormat,
  defaultCountry: request.defaultCountry ?? undefined,
  holdOut: request.holdOut ?? undefined,
  maxChunkRecords: request.chunkRecords,
  maxChunkBytes: request.chunkBytes,
});

/**
 * Everything that decides which lines a scan gives, how they are split into chunks, and what is counted.
 */
const keyOf = (
  { source, field, identifierType, ifaFormat, defaultCountry, holdOut, ...rest }: RunRequest,
  lists: ReadLists | undefined,
): string =>
  JSON.stringify([
    RULES_VERSION,
    source.location,
    source.format,
    source.encoding,
    // Added later, and only when they are set, so that the keys of older runs stay the same.
    ...(source.delimiter || source.header ? [source.delimiter ?? null, source.header ?? null] : []),
    field,
    identifierType,
    ifaFormat,
    defaultCountry,
    rest.chunkRecords,
    rest.chunkBytes,
    ...(holdOut ? [holdOut] : []),
    ...(lists ? [lists.key] : []),
  ]);
