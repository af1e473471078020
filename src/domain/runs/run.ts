/**
 * A run is one execution of an export. These are its parts in the journal, and the JSON of `export --json` and `runs
 * --json`.
 */
import { z } from 'zod';
import { resultRules } from '../alerts/alerts.ts';
import { exportModes, identifierTypes, ifaFormats } from '../audiences/requests.ts';
import { fileDelimiters } from '../files/file-names.ts';
import { approvableReasons } from '../jobs/conditions.ts';
import { localizedShape } from '../text/localized.ts';
import { turnover } from './turnover.ts';

export const identifierType = z.enum(identifierTypes);
export const ifaFormat = z.enum(ifaFormats);
export const exportMode = z.enum(exportModes);
export const uploadAction = z.enum(['ADD', 'REPLACE']);

/** How to open a source again. */
const sourcePlace = z.object({
  /** The name of the source in lists. */
  label: z.string(),
  /**
   * How to open the source again. Null when that is impossible (standard input), or needs a secret that is not stored
   * (a URL with credentials).
   */
  location: z.string().nullable(),
  format: z.string().nullable(),
  encoding: z.string().nullable(),
  // Missing in journals of versions without these options.
  delimiter: z.enum(fileDelimiters).nullish(),
  header: z.enum(['yes', 'no']).nullish(),
  /** The revision of its authorization when the run began. Missing without one. */
  revision: z.number().int().optional(),
});

/** What a part of a split job reads: a file, and the source that the file was made of. */
const partPlace = sourcePlace.extend({
  /** As the scan of the split job was asked for it. Missing for other sources, and when its journal is gone. */
  divided: sourcePlace.omit({ label: true }).extend({ column: z.string(), value: z.string() }).optional(),
});
export type DividedSource = NonNullable<z.infer<typeof partPlace>['divided']>;

/** A source of people who must not be in the audience. */
const suppressRequest = z.object({
  name: z.string(),
  /** As in a source. */
  location: z.string().nullable(),
  field: z.string(),
  /** Of further identifiers. */
  fields: z.partialRecord(identifierType, z.string().nullable()).optional(),
  maxShrink: z.number(),
});

/** What a suppression list has left out of a run. */
export const suppressedBy = z.object({
  id: z.string(),
  name: z.string(),
  /** How many valid values the list had. */
  size: z.number().int().nonnegative(),
  /** How many values of the audience were on it. A value on several lists counts for the first. */
  suppressed: z.number().int().nonnegative(),
  /** The version of its source. Missing in journals of versions without it, and on the command line. */
  source: z.number().int().optional(),
});
export type SuppressedBy = z.infer<typeof suppressedBy>;

/** A delivery: the values of one field of the members, as identifiers of one type, for one custom audience. */
const delivery = {
  field: z.string(),
  identifierType,
  ifaFormat,
  defaultCountry: z.string().nullable(),
  /** The first line of each file. Missing without one. A later process must stage the same files. */
  heading: z.string().optional(),
  /** What the identifiers are, in the words of a destination that must know it. Missing where it need not. */
  kind: z.string().optional(),
};
/** What a run does about the end of its audience. */
const renewal = z.object({
  /** It renews an audience that ends before this moment. */
  before: z.string(),
  /** The name that the successor has with a number. Null: that of the audience. */
  base: z.string().nullable(),
  /** When the audience ends, as far as it was known. */
  endsAt: z.string().nullable(),
  /** What an earlier run has begun. */
  successor: z
    .object({
      name: z.string(),
      /** Null: it was not created, as far as anybody knows. */
      audienceId: z.string().nullable(),
      /** It was asked for, and nobody knows whether it was created. */
      asked: z.literal(true).optional(),
    })
    .optional(),
});

/** The audience: an existing one by its id, or one to create by its name. */
const audience = {
  audienceId: z.string().nullable(),
  audienceName: z.string().nullable(),
  /** Missing where audiences do not end, and for one to create. */
  renewal: renewal.optional(),
};

const siblingRequest = z.object({
  ...delivery,
  ...audience,
  /** It fills the audience of the first delivery, which the request names once. Missing: its own. */
  shares: z.literal(true).optional(),
});

/** What a run has to do: everything that a later process needs to resume it, without any secret. */
export const runRequest = z.object({
  source: partPlace,
  /** The id of its traits (src/domain/destinations). Missing for the default one, so that older versions read it. */
  destination: z.string().optional(),
  // The first delivery.
  ...delivery,
  adAccountId: z.string(),
  ...audience,
  mode: exportMode,
  maxShrink: z.number(),
  /** How many days later the members leave the audiences. Missing where they do not leave by age. */
  memberDays: z.number().int().optional(),
  chunkRecords: z.number().int(),
  chunkBytes: z.number().int(),
  dryRun: z.boolean(),
  /** The share of the members that is kept out. Null or missing: none. */
  holdOut: z.object({ experiment: z.string(), share: z.number() }).nullish(),
  /** The suppression lists of the command line. The service finds those of a job when the run reads them. */
  suppress: z.array(suppressRequest).readonly().nullish(),
  /** The alert rules that look at the result before it is sent. Missing without such rules. */
  alerts: resultRules.nullish(),
  /** The database of the source hashes the identifiers. Missing when Lineup does. */
  hashInDatabase: z.literal(true).optional(),
  /**
   * The country of the installation. Numbers of it that lack their country code are counted where a delivery has no
   * default country. Missing when it is not known, or when no delivery has phone numbers.
   */
  presumedCountry: z.string().optional(),
  /** Further deliveries of the same members. Missing without them. */
  siblings: z.array(siblingRequest).readonly().nullish(),
  /** It sends nothing, but divides the members by the values of a column. Missing for other runs. */
  split: z.object({ column: z.string() }).optional(),
});
export type RunRequest = z.infer<typeof runRequest>;
export type RequestedRenewal = NonNullable<RunRequest['renewal']>;

const count = z.number().int().nonnegative();

/** What a scan has divided by the values of a column. */
export const splitCounts = z.object({
  rows: count.describe('The members of the scan.'),
  without: count.describe('The members without a value. They are in no audience.'),
  placed: count.describe('The members of all audiences together. One with several values is in several.'),
  parts: count.describe('The different values.'),
  added: count.describe('The values that no scan has seen before.'),
  vanished: count.describe('The values of the scan before that this one has not seen.'),
});
export type SplitCounts = z.infer<typeof splitCounts>;

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
  // Only of runs that may leave members out.
  suppressed: count.optional(),
  held_out: count.optional(),
});

export const stageFindings = z.object({
  phonesWithoutCountry: count,
  uppercaseHashes: count,
  // Missing in journals of rules version 1.
  phonesRepaired: count.default(0),
  phonesWithLostDigits: count.default(0),
  // Missing in journals of versions that did not count them.
  phonesLookingNational: count.default(0),
  /** The first few row numbers by reason; never a value. */
  invalidRows: z.record(z.string(), z.array(z.number().int()).readonly()).readonly(),
});

export const stagedChunk = z.object({
  index: z.number().int().positive(),
  /** The name of the file in the run's staging directory. */
  file: z.string(),
  records: count,
  bytes: count,
  sha256: z.string(),
});
export type StagedChunkRecord = z.infer<typeof stagedChunk>;

export const runWarning = z.object({
  code: z.enum([
    'phone_without_country',
    'phone_looks_national',
    'spreadsheet_damaged',
    'mixed_hashed_and_plain',
    'uppercase_hashes',
    'hashed_ifa',
    'line_user_id_malformed',
    'not_hashed_in_database',
    'count_differs',
    'job_failed_type',
    'no_match',
    'shrink',
    'member_days_kept',
    'audience_renewed',
    'suppression_without_field',
    'skipped_share_exceeded',
    'size_change_exceeded',
    'leaving_share_exceeded',
    'leaving_share_unknown',
  ]),
  count: z.number().int(),
  ...localizedShape,
});
export type RunWarning = z.infer<typeof runWarning>;

/**
 * Where the size of an audience comes from. `last_replace`: the last successful replace by Lineup · `last_run`: the
 * last successful run of the job, for an audience that takes the place of another one · `upload_jobs`: the upload jobs
 * that LINE lists · `estimate`: LINE's estimate of the reached users.
 */
export const sizeBasis = z.enum(['last_replace', 'last_run', 'upload_jobs', 'estimate', 'unknown']);

/** The size of an audience before a replace, as far as it is known. */
export const audienceBefore = z.object({
  /** Null only when the basis is `unknown`. */
  size: count.nullable(),
  basis: sizeBasis,
  /** The run of the last replace, and its end; null for every other basis. */
  runId: z.string().nullable(),
  at: z.string().nullable(),
});
export type AudienceBefore = z.infer<typeof audienceBefore>;

/** Why a person must decide about an audience. */
export const judgedReason = z.object({
  code: z.enum(approvableReasons),
  /**
   * As a share: what the audience would lose, the skipped values, or how the list differs from its usual size (with a
   * sign). Null when the size at LINE is unknown, and when not everybody may know it.
   */
  measured: z.number().nullable(),
  /** The limit, as a share. */
  limit: z.number(),
  ...localizedShape,
});
export type JudgedReason = z.infer<typeof judgedReason>;

/** The result for one audience, as it was judged. */
export const judgedAudience = z.object({
  /** Of which delivery, from 1. */
  delivery: z.number().int().min(1),
  /** Of which audience of a split job, and the revision of its job. Missing for other jobs. */
  part: z.object({ value: z.string(), revision: z.number().int() }).optional(),
  identifierType,
  field: z.string(),
  audienceId: z.string().nullable(),
  audienceName: z.string().nullable(),
  /** Null for a new audience. */
  before: audienceBefore.nullable(),
  after: count,
  // How many are left out, of a part that leaves somebody out: the run of its split job does not say it elsewhere.
  suppressed: count.optional(),
  held_out: count.optional(),
  /** Empty when only another audience of the run is unusual. */
  reasons: z.array(judgedReason).readonly(),
});
export type JudgedAudience = z.infer<typeof judgedAudience>;

/** Each audience that a run would have changed, with all reasons against it. */
export const judgement = z.object({
  audiences: z.array(judgedAudience).readonly(),
  /** The revision of the source's authorization; null for files. */
  sourceRevision: z.number().int().nullable(),
});
export type Judgement = z.infer<typeof judgement>;

/** A suppression list that is smaller than it may be. A person can accept what it has. */
export const shrunkList = z.object({
  id: z.string(),
  identifierType,
  before: count,
  after: count,
  /** The numbers are those of the members of the job that the list keeps out, and not of its own values. */
  keptOut: z.boolean(),
  /** The version of its source. Missing on the command line. */
  source: z.number().int().optional(),
});
export type ShrunkList = z.infer<typeof shrunkList>;

export const runError = z.object({
  code: z.string(),
  ...localizedShape,
  /** LINE's reason, if it gave one. */
  reason: z.string().nullable(),
  retryable: z.boolean().default(false),
  /** Whether another process can resume the run from its journal. */
  resumable: z.boolean().default(false),
  /**
   * The `maxShrink` with which the result would pass the guard, if a person allows it. Null when no guard refused the
   * result, or when no `maxShrink` would help.
   */
  allowShrinkTo: z.number().nullable(),
  /** What a person can approve. Missing for every other error, and in journals of versions before approvals. */
  judged: judgement.optional(),
  /** The suppression list that has stopped the run. Missing for every other error. */
  shrunkList: shrunkList.optional(),
});
export type RunError = z.infer<typeof runError>;

export const runStatus = z.enum(['running', 'succeeded', 'failed', 'interrupted', 'dry_run']);
export type RunStatus = z.infer<typeof runStatus>;

/**
 * The status of a run. `queued`: until a worker takes it · `stopped`: a person stopped it. An `interrupted` or `failed`
 * run is `running` again when it is resumed.
 */
export const serviceRunStatus = z.enum([...runStatus.options, 'queued', 'stopped']);
export type ServiceRunStatus = z.infer<typeof serviceRunStatus>;

/** One chunk in a run's document. */
export const runChunk = z.object({
  index: z.number().int().positive(),
  action: uploadAction,
  records: count,
  bytes: count,
  sha256: z.string(),
  uploadJobId: z.string().nullable(),
  jobStatus: z.string().nullable(),
  /** Missing where it is that of `jobStatus`. */
  word: z.string().optional().describe('The state of the upload job in the words of the destination, if they differ.'),
  failedType: z.string().nullable(),
  audienceCount: z.number().nullable(),
});

/** The audience of a delivery. */
const documentAudience = z.object({
  id: z.string().nullable(),
  name: z.string().nullable(),
  created: z.boolean(),
  /** The size before a replace; null for other runs, and until the size was read. */
  before: audienceBefore.nullable().default(null),
});

/** What a run has done for one audience. */
const deliveryResult = {
  counts: stageCounts.extend({ uploaded: count }).nullable(),
  /** Missing without suppression lists. */
  suppression: z.array(suppressedBy).readonly().optional(),
  /** Missing when it is not known. */
  turnover: turnover.optional(),
  invalidRows: z.record(z.string(), z.array(z.number().int()).readonly()).readonly(),
  chunks: z.array(runChunk),
  warnings: z.array(runWarning),
  error: runError.nullable(),
};

/** A further delivery in a run's document. */
const runSibling = z.object({
  /** From 2. */
  delivery: z.number().int().min(2),
  identifierType,
  field: z.string(),
  audience: documentAudience,
  ...deliveryResult,
});

export type RunSibling = z.infer<typeof runSibling>;

/** What `export --json` prints, and each element of `runs list --json`. */
export const runDocument = z.object({
  runId: z.string().nullable(),
  status: runStatus,
  rulesVersion: z.number().int(),
  // Of the first delivery. The error is that of the run.
  audience: documentAudience.nullable(),
  ...deliveryResult,
  identifierType: identifierType.optional().describe('Of the first identifier. Missing when it is the only one.'),
  field: z.string().optional().describe('Of the first identifier. Missing when it is the only one.'),
  /** With their own errors. */
  siblings: z.array(runSibling).readonly().optional().describe('The further identifiers. Missing when there are none.'),
  split: splitCounts.optional().describe('Of a scan that fills an audience for each value. Missing for others.'),
  source: z.string().nullable(),
  destination: z.string().optional().describe('What it exports to, as in the list of providers. Missing for LINE Ads.'),
  hashInDatabase: z
    .literal(true)
    .optional()
    .describe('The database of the source hashes the identifiers. Missing when Lineup does.'),
  adAccountId: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  durationMs: z.number(),
});
export type RunDocument = z.infer<typeof runDocument>;
