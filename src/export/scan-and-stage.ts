/**
 * Scan and staging of a run. A part that an earlier process has staged of the same scan is gone on with, if the source can
 * begin in the middle and everything fits; otherwise the scan begins anew. Either way the chunks are those of one scan.
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
      await tell(context, { continuedAt: from?.counts.rows, restarted });
      // What was made of the values before is of no use to a scan that begins at the beginning.
      if (!from && !request.dryRun) await folder.clear();
      return stage({
        scan,
        identifierType: request.identifierType,
        ifaFormat: request.ifaFormat,
        defaultCountry: request.defaultCountry ?? undefined,
        // Nobody goes on with a dry run: it leaves nothing to be read by anybody.
        folder: request.dryRun ? noFolder : folder,
        chunkName,
        maxChunkRecords: request.chunkRecords,
        maxChunkBytes: request.chunkBytes,
        checkpoints: request.dryRun ? undefined : { folder, key, now: () => clock.now(), from },
        signal,
        onProgress: (progress) =>
          onProgress({ stage: 'scan', ...progress, continuedAt: from?.counts.rows, restarted }),
      });
    },
    kept?.place,
  );
}

interface Begun {
  readonly continuedAt: number | undefined;
  readonly restarted: ScanRestart | undefined;
}

async function tell({ journal, clock }: ExportContext, { continuedAt, restarted }: Begun): Promise<void> {
  const at = timestamp(clock);
  if (continuedAt !== undefined) await journal.append({ type: 'scan_continued', at, rows: continuedAt });
  if (restarted !== undefined) await journal.append({ type: 'scan_restarted', at, reason: restarted });
}

/** Everything that decides which lines a scan gives, where they are cut, and what is counted. */
const keyOf = ({ source, field, identifierType, ifaFormat, defaultCountry, ...rest }: RunRequest): string =>
  JSON.stringify([
    RULES_VERSION,
    source.location,
    source.format,
    source.encoding,
    // No key of before there was a choice becomes another one.
    ...(source.delimiter || source.header ? [source.delimiter ?? null, source.header ?? null] : []),
    field,
    identifierType,
    ifaFormat,
    defaultCountry,
    rest.chunkRecords,
    rest.chunkBytes,
  ]);
