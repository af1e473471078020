/**
 * Only scan and staging. The chunk files are kept for a manual upload in LINE Ads Manager, and nothing is
 * sent.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RULES_VERSION } from '../../packages/identifiers/src/rules.ts';
import { LineupError } from '../contracts/errors.ts';
import type { Clock } from '../contracts/ports.ts';
import type { ScanRequest } from '../contracts/requests.ts';
import type { RunWarning } from '../contracts/run.ts';
import { Scans } from '../sources/scans.ts';
import type { Source } from '../sources/source.ts';
import { chunkName, type ExportProgress } from './context.ts';
import { guard, leftOutOf } from './guard.ts';
import type { StagedRun } from './scan-and-stage.ts';
import { explainDisk, plainFolder } from './stage/chunk-files.ts';
import type { StartKernel } from './stage/kernel-runner.ts';
import { threadedKernel } from './stage/kernel-threads.ts';
import { stage } from './stage/stage.ts';
import type { LineRules } from './stage/types.ts';
import { keptOut, readLists, type SuppressionList, scanAfterLists } from './suppression.ts';
import { stagingWarnings } from './warnings.ts';

const MANIFEST = 'manifest.json';

export interface PrepareOptions {
  readonly request: ScanRequest;
  readonly source: Source;
  readonly lists: readonly SuppressionList[];
  /** It is created when it does not exist. Otherwise it must be empty. */
  readonly directory: string;
  readonly clock: Clock;
  /** @default in a thread */
  readonly startKernel: StartKernel | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ExportProgress) => void;
}

/** The result. It is also the content of `manifest.json`. */
export interface Prepared extends StagedRun {
  readonly rulesVersion: number;
  readonly source: string;
  readonly field: string;
  readonly identifierType: ScanRequest['identifierType'];
  readonly ifaFormat: ScanRequest['ifaFormat'];
  readonly preparedAt: string;
  readonly warnings: readonly RunWarning[];
  readonly durationMs: number;
}

/**
 * Writes `chunk-0001.txt` … and `manifest.json` into the directory.
 * @throws {LineupError} `invalid_argument` for a directory in use; `nothing_to_send`; `source_*`; `disk_full`, `storage_failed`
 */
export async function prepareChunks(options: PrepareOptions): Promise<Prepared> {
  const { request, source, lists, directory, clock, signal, onProgress } = options;
  const { startKernel = threadedKernel } = options;
  const begun = clock.now();
  const rules: LineRules = {
    identifierType: request.identifierType,
    ifaFormat: request.ifaFormat,
    defaultCountry: request.defaultCountry,
    holdOut: request.holdOut,
    maxChunkRecords: request.chunkRecords,
    maxChunkBytes: request.chunkBytes,
  };
  const readAll = () =>
    readLists({
      lists,
      rules,
      startKernel,
      signal,
      onProgress: (list, values) => onProgress({ stage: 'suppression', list, values }),
    });
  const scans = new Scans(source, [request.field], signal);
  const staged = await scanAfterLists(
    scans.with,
    lists.length > 0 ? readAll : undefined,
    async () => ({}),
    async (scan, _, read) => {
      // A failed attempt leaves no file.
      await emptyDirectory(directory);
      const { suppressedBy, ...result } = await stage({
        ...rules,
        scan,
        folder: plainFolder(directory),
        chunkName,
        startKernel: read?.startKernel ?? startKernel,
        lists: read?.read.length ?? 0,
        signal,
        onProgress: (progress) => onProgress({ stage: 'scan', ...progress }),
        clock,
      });
      return read ? { ...result, suppression: keptOut(read, suppressedBy) } : result;
    },
  );
  const refusal = guard({
    request: { ...request, mode: 'append', maxShrink: 1 },
    scanned: staged.counts.scanned,
    leftOut: leftOutOf(staged.counts),
    unique: staged.counts.unique,
    before: null,
  });
  if (refusal) throw refusal.error;
  const prepared: Prepared = {
    rulesVersion: RULES_VERSION,
    source: source.label,
    field: request.field,
    identifierType: request.identifierType,
    ifaFormat: request.ifaFormat,
    preparedAt: begun.toISOString(),
    ...staged,
    warnings: stagingWarnings(staged, request),
    durationMs: clock.now().getTime() - begun.getTime(),
  };
  await writeManifest(directory, prepared);
  return prepared;
}

/**
 * Chunks without a manifest would look like a result. So without room for the manifest, the chunks are
 * removed.
 */
async function writeManifest(directory: string, prepared: Prepared): Promise<void> {
  const path = join(directory, MANIFEST);
  try {
    await writeFile(path, `${JSON.stringify(prepared, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    const files = [path, ...prepared.chunks.map(({ file }) => join(directory, file))];
    await Promise.allSettled(files.map((file) => rm(file, { force: true })));
    throw explainDisk(directory, error);
  }
}

/** Chunks of different runs must not mix. */
async function emptyDirectory(directory: string): Promise<void> {
  const names = await mkdir(directory, { recursive: true, mode: 0o700 })
    .then(() => readdir(directory))
    .catch((cause: NodeJS.ErrnoException) => {
      throw new LineupError(
        'invalid_argument',
        `--out ${directory} cannot be used as a directory (${cause.code}).`,
        { cause },
      );
    });
  if (names.length > 0) {
    throw new LineupError(
      'invalid_argument',
      `--out ${directory} is not empty, so chunks of two runs would mix. Choose a new directory, or empty this one.`,
    );
  }
}
