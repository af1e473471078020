/**
 * A run: one execution of an export, as its journal tells it and as `export --json` and `runs --json` print it.
 */
import { z } from 'zod';
import { fileDelimiters } from './file-names.ts';
import { localizedShape } from './localized.ts';
import { exportModes, identifierTypes, ifaFormats } from './requests.ts';

export const identifierType = z.enum(identifierTypes);
export const ifaFormat = z.enum(ifaFormats);
export const exportMode = z.enum(exportModes);
export const uploadAction = z.enum(['ADD', 'REPLACE']);

/** What a run was asked to do. Everything that a later process needs to continue it, and no secret. */
export const runRequest = z.object({
  source: z.object({
    /** How a person would call the source; shown in lists. */
    label: z.string(),
    /**
     * How to open it again; `null` when that is impossible (standard input) or would need a secret that is not
     * written down (a URL with credentials).
     */
    location: z.string().nullable(),
    format: z.string().nullable(),
    encoding: z.string().nullable(),
    // Journals from before there was a choice do not have them.
    delimiter: z.enum(fileDelimiters).nullish(),
    header: z.enum(['yes', 'no']).nullish(),
  }),
  field: z.string(),
  identifierType,
  ifaFormat,
  defaultCountry: z.string().nullable(),
  adAccountId: z.string(),
  audienceId: z.string().nullable(),
  audienceName: z.string().nullable(),
  mode: exportMode,
  maxShrink: z.number(),
  chunkRecords: z.number().int(),
  chunkBytes: z.number().int(),
  dryRun: z.boolean(),
});
export type RunRequest = z.infer<typeof runRequest>;

const count = z.number().int().nonnegative();

export const stageCounts = z.object({
  rows: count,
  scanned: count,
  missing: count,
  invalid: z.record(z.string(), count),
  prehashed: count,
  hashed: count,
  raw: count,
  duplicates: count,
  unique: count,
});

export const stageFindings = z.object({
  phonesWithoutCountry: count,
  uppercaseHashes: count,
  // Journals of rules version 1 do not have them.
  phonesRepaired: count.default(0),
  phonesWithLostDigits: count.default(0),
  /** The first few row numbers by reason; never a value. */
  invalidRows: z.record(z.string(), z.array(z.number().int()).readonly()).readonly(),
});

export const stagedChunk = z.object({
  index: z.number().int().positive(),
  /** Name of the file within the run's staging directory. */
  file: z.string(),
  records: count,
  bytes: count,
  sha256: z.string(),
});
export type StagedChunkRecord = z.infer<typeof stagedChunk>;

export const runWarning = z.object({
  code: z.enum([
    'phone_without_country',
    'spreadsheet_damaged',
    'mixed_hashed_and_plain',
    'uppercase_hashes',
    'hashed_ifa',
    'count_differs',
    'job_failed_type',
    'no_match',
    'shrink',
  ]),
  count: z.number().int(),
  ...localizedShape,
});
export type RunWarning = z.infer<typeof runWarning>;

export const runError = z.object({
  code: z.string(),
  ...localizedShape,
  /** LINE's own word for it, where it gave one. */
  reason: z.string().nullable(),
  retryable: z.boolean(),
  /** Another process can go on with the run from its journal. */
  resumable: z.boolean(),
  /**
   * The `maxShrink` that lets the result pass the guard that refused it: a person must allow it. Null when no guard refused
   * it, or when no `maxShrink` would help.
   */
  allowShrinkTo: z.number().nullable(),
});
export type RunError = z.infer<typeof runError>;

export const runStatus = z.enum(['running', 'succeeded', 'failed', 'interrupted', 'dry_run']);
export type RunStatus = z.infer<typeof runStatus>;

/**
 * Where the size of an audience is known from: the last good replace by Lineup · the upload jobs that LINE lists · LINE's
 * estimate of whom it reaches · nowhere.
 */
export const sizeBasis = z.enum(['last_replace', 'upload_jobs', 'estimate', 'unknown']);

/** How many members an audience holds before a replace, as far as anybody knows. */
export const audienceBefore = z.object({
  /** Null only when the basis is `unknown`. */
  size: count.nullable(),
  basis: sizeBasis,
  /** The run that replaced it last, and when that ended; null for every other basis. */
  runId: z.string().nullable(),
  at: z.string().nullable(),
});
export type AudienceBefore = z.infer<typeof audienceBefore>;

/** One chunk in a run's document. */
export const runChunk = z.object({
  index: z.number().int().positive(),
  action: uploadAction,
  records: count,
  bytes: count,
  sha256: z.string(),
  uploadJobId: z.string().nullable(),
  jobStatus: z.string().nullable(),
  failedType: z.string().nullable(),
  audienceCount: z.number().nullable(),
});

/** What `export --json` prints, and each element of `runs list --json`. */
export const runDocument = z.object({
  runId: z.string().nullable(),
  status: runStatus,
  rulesVersion: z.number().int(),
  audience: z
    .object({
      id: z.string().nullable(),
      name: z.string().nullable(),
      created: z.boolean(),
      /** What it held before a replace; null where nothing is replaced, and until it was looked at. */
      before: audienceBefore.nullable().default(null),
    })
    .nullable(),
  counts: stageCounts.extend({ uploaded: count }).nullable(),
  invalidRows: z.record(z.string(), z.array(z.number().int()).readonly()).readonly(),
  chunks: z.array(runChunk),
  warnings: z.array(runWarning),
  error: runError.nullable(),
  source: z.string().nullable(),
  adAccountId: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  durationMs: z.number(),
});
export type RunDocument = z.infer<typeof runDocument>;
