/** Sources of members, as the HTTP API shows them: audiences, their fields, and a preview of an export. */
import { z } from 'zod';
import { holdOut } from '../domain/audiences/hold-out-schema.ts';
import { MAX_SIBLINGS } from '../domain/audiences/requests.ts';
import { fileDelimiters } from '../domain/files/file-names.ts';
import { fileOptions } from '../domain/files/file-options.ts';
import { identifierType, ifaFormat, runWarning, stageCounts } from '../domain/runs/run.ts';
import { turnover } from '../domain/runs/turnover.ts';
import { localizedShape } from '../domain/text/localized.ts';
import { chosenLists, countryCode, fieldName, knownId, segmentId } from '../domain/values/bounds.ts';
import type { Page } from '../domain/values/paging.ts';
import { jobType } from './providers/index.ts';
import { watchedKinds } from './watched.ts';

/** How a file was read, with chosen and detected options. Null for an option that the format does not have. */
export const fileReading = z.object({
  /** `csv`, `tsv`, `xlsx`, `ndjson`, `parquet` or `lines`. */
  format: z.string(),
  encoding: z.string().nullable(),
  delimiter: z.enum(fileDelimiters).nullable(),
  /** Whether the first row holds the names of the columns. */
  header: z.boolean().nullable(),
  /** The visible sheets of a workbook in their order, at most a hundred. */
  sheets: z.array(z.string()).readonly(),
});
export type FileReading = z.infer<typeof fileReading>;

/** A source of audiences. */
export const source = z.object({
  /** Null for files, which need no authorization. */
  authorization_id: z.string().nullable(),
  provider: z.string(),
  label: z.string(),
  /** What a person may enter instead of choosing an audience from the list. */
  written: z.enum(['query', 'path']).nullable(),
  /** Whether its audiences are files, so that file options apply. */
  files: z.boolean(),
  /** Whether the source itself can hash the identifiers, so that none leaves it. */
  hashes: z.boolean(),
  watches: z.array(z.enum(watchedKinds)).readonly().describe('What a job can wait for in it.'),
});
export type Source = z.infer<typeof source>;

/** One audience of a source: a Lytics audience, a file, a table, a saved query. */
export const sourceAudience = z.object({
  /** The `segment_id` of a job that exports it. */
  id: z.string(),
  name: z.string(),
  description: z.string(),
  /** The number of members, if the source knows it without counting. */
  size: z.number().int().nullable(),
  updated_at: z.string().nullable(),
  /** For a file: its size, and the open folder that contains it. Its `name` is the path below that folder. */
  file: z.object({ folder: z.string(), bytes: z.number().int() }).nullable(),
});
export type SourceAudience = z.infer<typeof sourceAudience>;

/** A page of a source's audiences. */
export interface SourceAudiencePage extends Page<SourceAudience> {
  /** The number of audiences on all pages, if the source knows it. */
  readonly total?: number;
}

/** One field of an audience's members. */
export const sourceField = z.object({
  name: z.string(),
  /** The name of the type in the source. */
  type: z.string(),
  /** Whether a member may have several values. */
  list: z.boolean(),
  /** The share of members that have a value, 0 to 1, if the source knows it. */
  coverage: z.number().nullable(),
  /** The identifier type that the field's name suggests. */
  suggested_for: identifierType.nullable(),
});
export type SourceField = z.infer<typeof sourceField>;

/** The fields of an audience. */
export const sourceFields = z.object({
  items: z.array(sourceField).readonly(),
  /** What a person should know before choosing a field, for example that a file has no header. */
  notice: z.object(localizedShape).nullable(),
  /** How the file was read; null for other sources. */
  file: fileReading.nullable(),
  /** Whether the audience is a query. Its samples and previews tell less, and are limited. */
  query: z.boolean(),
});
export type SourceFields = z.infer<typeof sourceFields>;

/** A further identifier of a preview. */
const previewSibling = z.strictObject({
  id_field: fieldName,
  identifier_type: identifierType,
  ifa_format: ifaFormat.default('sha256'),
  default_country: countryCode.nullable().default(null),
});

/** The preview of an export. The keys are those of a job. */
export const previewRequest = z.strictObject({
  /** Of the job. @default that of a new job */
  type: jobType.optional(),
  source_authorization_id: knownId.nullable().default(null),
  segment_id: segmentId,
  file_options: fileOptions.optional(),
  id_field: fieldName,
  identifier_type: identifierType,
  ifa_format: ifaFormat.default('sha256'),
  default_country: countryCode.nullable().default(null),
  hold_out: holdOut.nullable().default(null),
  /** The chosen lists. Lists for all jobs apply in any case. */
  suppression_lists: chosenLists.default([]),
  hash_in_database: z.boolean().default(false),
  siblings: z.array(previewSibling).max(MAX_SIBLINGS).default([]),
  /** The saved job. The result is compared with its last run: `turnover`. */
  job_id: knownId.optional(),
  split: z
    .strictObject({ column: fieldName })
    .optional()
    .describe('Of a job that fills an audience for each value of this column.'),
});
export type PreviewRequest = z.infer<typeof previewRequest>;

/** A request for the first values of a field. */
export const sampleRequest = previewRequest
  .pick({
    source_authorization_id: true,
    segment_id: true,
    file_options: true,
    id_field: true,
  })
  .extend({
    /** For a query: the rules that judge its values. @default only whether there are values */
    identifier_type: identifierType.optional(),
    default_country: countryCode.nullable().optional(),
  });
export type SampleRequest = z.infer<typeof sampleRequest>;

/** What is told of a value of a query. */
const sampledOutcome = z.object({
  row: z.number().int(),
  /** `present`: there is a value, and no identifier type was given. `hashed`: it is a hash already. */
  outcome: z.enum(['present', 'missing', 'valid', 'hashed', 'invalid']),
  /** Only of an invalid value. */
  reason: z.string().optional(),
});
export type SampledOutcome = z.infer<typeof sampledOutcome>;

export const sample = z.object({
  items: z
    .array(
      sampledOutcome.partial({ outcome: true }).extend({
        /**
         * The values of the member, masked so that nobody can read an identifier. Null for a query, which has an
         * `outcome` instead.
         */
        value: z.string().nullable(),
      }),
    )
    .readonly(),
  /** How many of the first `of` members have a value. Missing for a query. */
  filled: z.object({ members: z.number().int(), of: z.number().int() }).optional(),
});
export type Sample = z.infer<typeof sample>;

/** What an export would send to one audience. */
const deliveryPreview = z.object({
  counts: stageCounts,
  /**
   * Who would join the audience of the job and who would leave it. Missing when it is not known, and without `job_id`.
   * Everybody but administrators gets it only while nothing differs from the last run, and nobody is left out.
   */
  turnover: turnover.optional(),
  /** Examples of skipped values by reason, masked so that nobody can read an identifier. None for a query. */
  examples: z.record(z.string(), z.array(z.object({ row: z.number().int(), value: z.string() }))),
  /**
   * Two of the first values in the form that is hashed or sent, masked. None of a query, and when the database hashes.
   */
  sent: z.array(z.object({ row: z.number().int(), value: z.string() })).readonly(),
  chunks: z.number().int(),
  warnings: z.array(runWarning),
});

/** The values of the column that names the audiences, among the first members. */
const splitPreview = z.object({
  values: z
    .array(z.object({ value: z.string(), rows: z.number().int() }))
    .readonly()
    .describe(
      'Those that can be shown, the most frequent first. Left out: values of fewer than 10 rows, those that look like identifiers, and those of a query.',
    ),
  total: z.number().int().describe('All different values. 201 stands for more than 200.'),
  rows: z.number().int().describe('How many members were looked at.'),
  rows_without: z.number().int().describe('Those without a value. They are sent to no audience.'),
  problems: z.array(z.object(localizedShape)).readonly().describe('Why a run would fail.'),
});
export type SplitPreview = z.infer<typeof splitPreview>;

/** The result of a preview: what an export would send. */
export const preview = z.object({
  /** False when only the first members were read. Then every count covers only them. */
  complete: z.boolean(),
  ...deliveryPreview.shape,
  /** Of the further identifiers, in their order. Missing without them. */
  siblings: z.array(deliveryPreview).readonly().optional(),
  /** How many of the first `of` members have at least one valid identifier. Missing without further identifiers. */
  reachable: z.object({ members: z.number().int(), of: z.number().int() }).optional(),
  split: splitPreview.optional().describe('Missing for a job with one audience.'),
});
export type Preview = z.infer<typeof preview>;
