/**
 * Scan and staging of a run. If an earlier process has left a checkpoint of the same scan, and the source can
 * start there, the scan continues. Otherwise it starts at the beginning. In both cases all chunks belong to
 * one scan.
 */
import { RULES_VERSION } from '../../packages/identifiers/src/rules.ts';
import type { RunRequest } from '../contracts/run.ts';
import type { ScanRestart } from '../contracts/run-events.ts';
import { wholeScan } from '../sources/scans.ts';
import { chunkName, type ExportContext, timestamp } from './context.ts';
import { findCheckpoint } from './stage/checkpoint.ts';
import { noFolder } from './stage/chunk-files.ts';
import { stage } from './stage/stage.ts';
import type { Staged } from './stage/types.ts';

/** @throws {LineupError} `source_*`; `disk_full`, `storage_failed`; `interrupted` */
export async function scanAndStage(context: ExportContext): Promise<Staged> {
  const { journal, clock, signal, onProgress } = context;
  const { request } = journal.state;
  const folder = journal.staged;
  const key = keyOf(request);
  const found = await findCheckpoint({ folder, chunkName, key, now: clock.now(), signal });
  const kept = found && 'usable' in found ? found.usable : undefined;
  const useless = found && 'useless' in found ? found.useless : undefined;
  return wholeScan(
    context.withScan,
    async (scan, begins) => {
      const from = begins === 'at the place' ? kept : undefined;
      const restarted = begins === 'anew' ? 'expired' : useless;
      await journalStart(context, { continuedAt: from?.counts.rows, restarted });
      // A scan from the beginning cannot use what was staged before.
      if (!from && !request.dryRun) await folder.clear();
      return stage({
        scan,
        identifierType: request.identifierType,
        ifaFormat: request.ifaFormat,
        defaultCountry: request.defaultCountry ?? undefined,
        // A dry run is never resumed, so it leaves no files.
        folder: request.dryRun ? noFolder : folder,
        chunkName,
        maxChunkRecords: request.chunkRecords,
        maxChunkBytes: request.chunkBytes,
        checkpoints: request.dryRun ? undefined : { folder, key, now: () => clock.now(), from },
        signal,
        onProgress: (progress) =>
          onProgress({ stage: 'scan', ...progress, continuedAt: from?.counts.rows, restarted }),
        clock,
        startKernel: context.startKernel,
      });
    },
    kept?.place,
  );
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

/** Everything that decides which lines a scan gives, how they are split into chunks, and what is counted. */
const keyOf = ({ source, field, identifierType, ifaFormat, defaultCountry, ...rest }: RunRequest): string =>
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
  ]);
