/**
 * Only scan and staging. The chunk files are kept for a manual upload in LINE Ads Manager, and nothing is
 * sent.
 */
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChunkFolder, Clock } from '../contracts/ports.ts';
import type { ScanRequest } from '../domain/audiences/requests.ts';
import { headingOf, nameIn } from '../domain/destinations/index.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { RunWarning } from '../domain/runs/run.ts';
import { makeDirectory } from '../machine/make-directory.ts';
import { Scans, scansOfOpen, scansOfSource } from '../sources/scans.ts';
import type { Source } from '../sources/source.ts';
import { chunkNameOf, type ExportProgress } from './context.ts';
import { guard, leftOutOf } from './guard.ts';
import { openScanOf, type ScannedField } from './open-scan.ts';
import { type StagedDelivery, scanAfterLists, withKeptOut } from './scan-after-lists.ts';
import { explainDisk } from './stage/chunk-files.ts';
import type { StartKernel } from './stage/kernel-runner.ts';
import { threadedKernel } from './stage/kernel-threads.ts';
import { stage } from './stage/stage.ts';
import type { LineRules } from './stage/types.ts';
import type { SuppressionList } from './suppression.ts';
import { stagingWarnings } from './warnings.ts';

const MANIFEST = 'manifest.json';

export interface PrepareOptions {
  readonly request: ScanRequest;
  /** What the destination of the files takes. */
  readonly traits: DestinationTraits;
  readonly source: Source;
  /** Opens the source again, after the version that it was opened for is gone. */
  readonly reopen: () => Promise<Source>;
  readonly lists: readonly SuppressionList[];
  /** It is created when it does not exist. Otherwise it must be empty. */
  readonly directory: string;
  readonly clock: Clock;
  /** @default in a thread */
  readonly startKernel: StartKernel | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ExportProgress) => void;
}

/** What was prepared of one field. */
interface PreparedDelivery extends StagedDelivery {
  readonly field: string;
  readonly identifierType: ScanRequest['identifierType'];
  readonly warnings: readonly RunWarning[];
}

/** The result. It is also the content of `manifest.json`. */
export interface Prepared extends PreparedDelivery {
  readonly rulesVersion: number;
  readonly source: string;
  /** The database of the source has hashed the identifiers. Missing when Lineup has. */
  readonly hashInDatabase?: true;
  readonly ifaFormat: ScanRequest['ifaFormat'];
  readonly preparedAt: string;
  readonly durationMs: number;
  /** Of the further identifiers. Missing without them. */
  readonly siblings?: readonly PreparedDelivery[];
}

/**
 * Writes `chunk-0001.txt` … and `manifest.json` into the directory. The files of further identifiers begin with their
 * number, as in `2-chunk-0001.txt`.
 * @throws {LineupError} `invalid_argument` for a directory in use; `nothing_to_send`, `too_few_rows`,
 * `audience_too_large`; `source_*`;
 * `disk_full`, `storage_failed`
 */
export async function prepareChunks(options: PrepareOptions): Promise<Prepared> {
  const { request, traits, source, reopen, lists, directory, clock, signal, onProgress } = options;
  const { startKernel = threadedKernel } = options;
  const begun = clock.now();
  const identifiers = [request, ...(request.siblings ?? [])];
  const deliveries = identifiers.map(({ identifierType }, n) => ({
    rules: rulesOf(request, traits, identifierType),
    chunkName: chunkNameOf(n + 1),
  }));
  const openScan = openScanOf(scannedFields(request), request.hashInDatabase);
  const anew = scansOfSource(reopen, openScan, signal);
  const withScan = scansOfOpen(source, new Scans(source, openScan, signal), anew);
  const staged = await scanAfterLists(
    {
      deliveries,
      lists,
      withScan,
      startKernel,
      signal,
      onProgress: (list, values) => onProgress({ stage: 'suppression', list, values }),
    },
    async () => ({}),
    async (scan, _, after) => {
      // A failed attempt leaves no file.
      await emptyDirectory(directory);
      const results = await stage({
        scan,
        deliveries: after.deliveries,
        folder: plainFolder(directory),
        signal,
        onProgress: (progress) => onProgress({ stage: 'scan', ...progress }),
        clock,
      });
      return withKeptOut(results, after.lists);
    },
  );
  const refusal = identifiers.map(({ field }, n) => refusalOf(request, traits, field, staged[n]!)).find(Boolean);
  if (refusal) {
    await removeChunks(directory, staged);
    throw refusal.error;
  }
  const prepared = staged.map((result, n) => {
    const { field, identifierType } = identifiers[n]!;
    const warnings = stagingWarnings(result, {
      identifierType,
      presumedCountry: request.presumedCountry,
      ...nameIn(traits),
    });
    return { field, identifierType, ...result, warnings };
  });
  const [first, ...siblings] = prepared;
  const all: Prepared = {
    rulesVersion: traits.rules.version,
    source: source.label,
    ...(request.hashInDatabase && { hashInDatabase: true as const }),
    ifaFormat: request.ifaFormat,
    preparedAt: begun.toISOString(),
    ...first!,
    ...(siblings.length > 0 && { siblings }),
    durationMs: clock.now().getTime() - begun.getTime(),
  };
  await writeManifest(directory, all);
  return all;
}

/**
 * Plain files with mode 0600 in a directory, for a person who wants the chunks. It overwrites nothing: in a directory
 * that others may write to, somebody may put a file or a link at the name of a chunk, and read the chunk there, or lead
 * it out of the directory.
 */
export const plainFolder = (directory: string): ChunkFolder => ({
  place: directory,
  open: async (name) => {
    const file = await openNew(join(directory, name));
    return { append: (bytes) => writeAll(file, bytes), close: () => file.close() };
  },
  remove: (name) => rm(join(directory, name), { force: true }),
});

/** @throws {LineupError} `storage_failed` when something has this name */
async function openNew(path: string): Promise<FileHandle> {
  return open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new LineupError(
      'storage_failed',
      `Something else has made ${path} meanwhile, so nothing was written there. Choose a new directory that only you may write to.`,
      { reason: 'EEXIST', cause: error },
    );
  });
}

/** One write may take fewer bytes than it was given. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

/** The fields of the source, in the order of their deliveries. */
export const scannedFields = (request: ScanRequest): ScannedField[] =>
  [request, ...(request.siblings ?? [])].map(({ field, identifierType }) => ({
    field,
    identifierType,
    defaultCountry: request.defaultCountry,
    presumedCountry: request.presumedCountry,
  }));

const rulesOf = (
  request: ScanRequest,
  traits: DestinationTraits,
  identifierType: ScanRequest['identifierType'],
): LineRules => ({
  identifierType,
  ifaFormat: request.ifaFormat,
  hashesInRawColumn: traits.rules.hashesInRawColumn,
  defaultCountry: request.defaultCountry,
  presumedCountry: request.presumedCountry,
  holdOut: request.holdOut,
  ...headingOf(traits, identifierType),
  maxChunkRecords: request.chunkRecords,
  maxChunkBytes: request.chunkBytes,
});

const refusalOf = (
  request: ScanRequest,
  traits: DestinationTraits,
  field: string,
  { counts, chunks }: StagedDelivery,
) =>
  guard({
    request: { ...request, field, mode: 'append', maxShrink: 1 },
    scanned: counts.scanned,
    leftOut: leftOutOf(counts),
    unique: counts.unique,
    chunks,
    traits,
    before: null,
  });

/** The files of one identifier alone would look like a result. */
async function removeChunks(directory: string, deliveries: readonly Pick<StagedDelivery, 'chunks'>[]): Promise<void> {
  const files = deliveries.flatMap(({ chunks }) => chunks.map(({ file }) => join(directory, file)));
  await Promise.allSettled(files.map((path) => rm(path, { force: true })));
}

/**
 * Chunks without a manifest would look like a result. So without room for the manifest, the chunks are
 * removed.
 */
async function writeManifest(directory: string, prepared: Prepared): Promise<void> {
  const path = join(directory, MANIFEST);
  try {
    const file = await openNew(path);
    try {
      await file.writeFile(`${JSON.stringify(prepared, null, 2)}\n`);
    } catch (error) {
      await rm(path, { force: true }).catch(() => {});
      throw error;
    } finally {
      await file.close();
    }
  } catch (error) {
    await removeChunks(directory, [prepared, ...(prepared.siblings ?? [])]);
    throw explainDisk(directory, error);
  }
}

/** Chunks of different runs must not mix. */
async function emptyDirectory(directory: string): Promise<void> {
  const names = await makeDirectory(directory)
    .then(() => readdir(directory))
    .catch((cause: NodeJS.ErrnoException) => {
      throw new LineupError('invalid_argument', `--out ${directory} cannot be used as a directory (${cause.code}).`, {
        cause,
      });
    });
  if (names.length > 0) {
    throw new LineupError(
      'invalid_argument',
      `--out ${directory} is not empty, so chunks of two runs would mix. Choose a new directory, or empty this one.`,
    );
  }
}
