/** Where members come from, as the HTTP API shows it: audiences, their fields, and a preview of an export. */
import { z } from 'zod';
import { countryCode, fieldName, knownId, segmentId } from './bounds.ts';
import { fileDelimiters, fileEncodings } from './file-names.ts';
import { localizedShape } from './localized.ts';
import type { Page } from './paging.ts';
import { identifierType, ifaFormat, runWarning, stageCounts } from './run.ts';

/** How to read a text file. Without a value, Lineup detects it from the file. */
export const fileOptions = z.strictObject({
  encoding: z.enum(fileEncodings).optional(),
  delimiter: z.enum(fileDelimiters).optional(),
  /** Whether the first row holds the names of the columns. */
  header: z.enum(['yes', 'no']).optional(),
});
export type FileOptions = z.infer<typeof fileOptions>;

/** The same text for all options that read a file in the same way; empty where all is left to the file. */
export const fileOptionsKey = ({ encoding, delimiter, header }: FileOptions = {}): string =>
  [encoding, delimiter, header].every((one) => one === undefined)
    ? ''
    : [encoding, delimiter, header].map((one) => one ?? 'auto').join(' ');

/** How a file was read: what was chosen, and what it told. Null where that says nothing of it. */
export const fileReading = z.object({
  /** `csv`, `tsv`, `xlsx`, `ndjson`, `parquet` or `lines`. */
  format: z.string(),
  encoding: z.string().nullable(),
  delimiter: z.enum(fileDelimiters).nullable(),
  /** Whether the first row holds the names of the columns. */
  header: z.boolean().nullable(),
  /** The sheets of a workbook that are shown, in their order; the first hundred. */
  sheets: z.array(z.string()).readonly(),
});
export type FileReading = z.infer<typeof fileReading>;

/** A place that audiences can be read from. */
export const source = z.object({
  /** Null for files, which need no authorization. */
  authorization_id: z.string().nullable(),
  provider: z.string(),
  label: z.string(),
});
export type Source = z.infer<typeof source>;

/** One audience of a source: a Lytics audience, a file, a table, a saved query. */
export const sourceAudience = z.object({
  /** What a job's `segment_id` holds. */
  id: z.string(),
  name: z.string(),
  description: z.string(),
  /** How many members, where the source tells without counting. */
  size: z.number().int().nullable(),
  updated_at: z.string().nullable(),
  /** Of a file: its bytes, and the open folder that it lies below; its `name` is the way from there. */
  file: z.object({ folder: z.string(), bytes: z.number().int() }).nullable(),
});
export type SourceAudience = z.infer<typeof sourceAudience>;

/** A page of a source's audiences. */
export interface SourceAudiencePage extends Page<SourceAudience> {
  /** How many the search finds on all pages, where the source knows it. */
  readonly total?: number;
}

/** One field of an audience's members. */
export const sourceField = z.object({
  name: z.string(),
  /** The source's own word. */
  type: z.string(),
  /** A member may hold several values of it. */
  list: z.boolean(),
  /** The share of members that have a value, 0 to 1, where the source tells. */
  coverage: z.number().nullable(),
  /** The identifier type that its name and type suggest. */
  suggested_for: identifierType.nullable(),
});
export type SourceField = z.infer<typeof sourceField>;

/** The fields of an audience. */
export const sourceFields = z.object({
  items: z.array(sourceField).readonly(),
  /** What a person should know before choosing one: that a file has no header, for example. */
  notice: z.object(localizedShape).nullable(),
  /** How the file was read; null for other sources. */
  file: fileReading.nullable(),
});
export type SourceFields = z.infer<typeof sourceFields>;

/** What an export would take: the keys are those of a job. */
export const previewRequest = z.strictObject({
  source_authorization_id: knownId.nullable().default(null),
  segment_id: segmentId,
  file_options: fileOptions.optional(),
  id_field: fieldName,
  identifier_type: identifierType,
  ifa_format: ifaFormat.default('sha256'),
  default_country: countryCode.nullable().default(null),
});
export type PreviewRequest = z.infer<typeof previewRequest>;

/** The first values of a field, masked. */
export const sampleRequest = previewRequest.pick({
  source_authorization_id: true,
  segment_id: true,
  file_options: true,
  id_field: true,
});
export type SampleRequest = z.infer<typeof sampleRequest>;

export const sample = z.object({
  /** The values of a member each: nobody can read an identifier from them. */
  items: z.array(z.object({ row: z.number().int(), value: z.string() })).readonly(),
});
export type Sample = z.infer<typeof sample>;

/** What an export would send. */
export const preview = z.object({
  /** False when only the first members were read: then every count is of those alone. */
  complete: z.boolean(),
  counts: stageCounts,
  /** Masked examples of skipped values by reason: nobody can read an identifier from them. */
  examples: z.record(z.string(), z.array(z.object({ row: z.number().int(), value: z.string() }))),
  chunks: z.number().int(),
  warnings: z.array(runWarning),
});
export type Preview = z.infer<typeof preview>;
