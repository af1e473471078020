/**
 * Suppression lists: who must never be in an audience. A list is a source and its fields by identifier type. Each run
 * reads it anew, so only its definition and its sizes are stored.
 */
import { z } from 'zod';
import { fileOptions } from '../files/file-options.ts';
import { identifierType } from '../runs/run.ts';
import { issueText } from '../text/sentence.ts';
import { fieldName, knownId, maxShrink, plainLine, plainLines, segmentId } from '../values/bounds.ts';
import { damaged } from '../values/paging.ts';

/** Of an installation. */
export const MAX_SUPPRESSION_LISTS = 100;

/** `all_jobs`: always. `chosen_jobs`: to the jobs whose configuration names the list. */
export const listAppliesTo = z.enum(['all_jobs', 'chosen_jobs']);
export type ListAppliesTo = z.infer<typeof listAppliesTo>;

const name = plainLine(issueText`Enter a name.`).max(200);
const description = plainLines().max(1000);

const fieldsShape = z.strictObject({
  email: fieldName.optional(),
  phone: fieldName.optional(),
  ifa: fieldName.optional(),
  line_user_id: fieldName.optional(),
});

/** The field of each identifier type that the list has. */
export const listFields = fieldsShape.refine(
  (fields) => Object.values(fields).some((field) => field !== undefined),
  issueText`Choose at least one field.`,
);
export type ListFields = z.infer<typeof listFields>;

/** A new suppression list. */
export const newSuppressionList = z.strictObject({
  name,
  description: description.default(''),
  /** The source's authorization; null for files. */
  source_authorization_id: knownId.nullable().default(null),
  segment_id: segmentId,
  /** How to read the file. Default: detect it from the file. */
  file_options: fileOptions.optional(),
  fields: listFields,
  applies_to: listAppliesTo.default('all_jobs'),
  /** The largest share of its members that it may lose between two reads, 0 to 1. A run stops at a larger loss. */
  max_shrink: maxShrink.default(0.5),
});
export type NewSuppressionList = z.infer<typeof newSuppressionList>;

/** A change of a suppression list. `fields` replaces all fields. A new source takes no file options over. */
export const suppressionListChange = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  source_authorization_id: knownId.nullable().optional(),
  segment_id: segmentId.optional(),
  /** Null: detect it from the file. */
  file_options: fileOptions.nullable().optional(),
  fields: listFields.optional(),
  applies_to: listAppliesTo.optional(),
  max_shrink: maxShrink.optional(),
});
export type SuppressionListChange = z.infer<typeof suppressionListChange>;

/** The size of a list for one identifier type: its members when a run last read it whole. */
const listRead = z.object({
  identifier_type: identifierType,
  size: z.number().int(),
  read_at: z.string(),
  run_id: z.string(),
});
export type ListRead = z.infer<typeof listRead>;

/** A run has stopped because the list has shrunk. A person may accept what it has. */
export const listRefusal = z.object({
  identifier_type: identifierType,
  /** Null: the list itself has shrunk. Otherwise it has another source, and keeps out fewer members of this job. */
  job_id: z.string().nullable(),
  job_name: z.string().nullable(),
  before: z.number().int(),
  after: z.number().int(),
  at: z.string(),
  run_id: z.string(),
  /** The next run may find so many, or up to 2 % less. */
  accepted: z.boolean(),
});
export type ListRefusal = z.infer<typeof listRefusal>;

/** What a person saw of a list that has shrunk, and accepts. It must be what is true now. */
export const seenSizes = z.strictObject({
  revision: z.number().int().positive().max(2_000_000_000),
  /** All refusals that nobody has accepted, in their order. */
  sizes: z
    .array(
      z.strictObject({
        identifier_type: identifierType,
        job_id: knownId.nullable(),
        before: z.number().int().nonnegative(),
        after: z.number().int().nonnegative(),
      }),
    )
    .min(1)
    .max(1_000)
    .readonly(),
});
export type SeenSizes = z.infer<typeof seenSizes>;

/** A suppression list as lists show it. */
export const suppressionList = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  source_authorization_id: z.string().nullable(),
  /** The label of the source's authorization; null for files. */
  source_label: z.string().nullable(),
  segment_id: z.string(),
  file_options: fileOptions.optional(),
  fields: fieldsShape,
  applies_to: listAppliesTo,
  max_shrink: z.number(),
  /** By identifier type. Empty until a run has read it. */
  reads: z.array(listRead).readonly(),
  /** Why runs have stopped, because it has shrunk since it was read. Empty after the next run that has read it. */
  refusals: z.array(listRefusal).readonly(),
  /** The number of jobs that use it, without terminated ones. */
  job_count: z.number().int(),
  revision: z.number().int(),
  created_by: z.string(),
  created_at: z.string(),
  updated_by: z.string(),
  updated_at: z.string(),
  damaged,
});
export type SuppressionList = z.infer<typeof suppressionList>;

/** What a person says to accept the sizes of a suppression list that the API shows. */
export const seenSizesOf = ({ revision, refusals }: Pick<SuppressionList, 'revision' | 'refusals'>): SeenSizes => ({
  revision,
  sizes: refusals
    .filter(({ accepted }) => !accepted)
    .map(({ identifier_type, job_id, before, after }) => ({ identifier_type, job_id, before, after })),
});

/** A job that uses a list. */
export const jobOfList = z.object({
  id: z.string(),
  name: z.string(),
  identifier_type: identifierType,
  /** Of all its audiences. */
  identifier_types: z.array(identifierType).readonly(),
  /** Whether its configuration names the list. */
  is_chosen: z.boolean(),
  member_days: z
    .number()
    .int()
    .nullable()
    .describe(
      'Whoever is put on the list is not sent any more, but stays in the audience of the job for up to so many days: those of the job, or of an earlier run whose members have not left yet. Null where a run takes members away.',
    ),
  /** False: the list has no field for any identifier type of the job, so it keeps nobody out. */
  has_field: z.boolean(),
  /** The members that it kept out in the job's last run; null when no run has used it yet. */
  kept_out: z.number().int().nullable(),
  run_id: z.string().nullable(),
  at: z.string().nullable(),
});
export type JobOfList = z.infer<typeof jobOfList>;

/** What a person confirms who deletes a list for all jobs: `letInByDeletion` of let-in.ts. */
export const letInQuery = z.object({
  // In a URL it is text.
  let_in: z.coerce
    .number<number>()
    .int()
    .nonnegative()
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe(
      'For a list that applies to all jobs: how many members it kept out in their last runs. They come back, so this confirms it.',
    ),
});

/** The jobs of a list that have the same identifier types. */
export const useOfList = z.object({
  /** Whether their configurations name the list. */
  is_chosen: z.boolean(),
  identifier_types: z.array(identifierType).readonly(),
  jobs: z.number().int(),
  /** Those of them with a run that has used it. */
  jobs_with_result: z.number().int(),
  /** What it kept out of their last runs. Somebody who is in the audiences of two jobs counts twice. */
  kept_out: z.number().int(),
});
export type UseOfList = z.infer<typeof useOfList>;

/** A list names so many of its jobs. */
export const MAX_JOBS_OF_LIST = 100;

/** One list with jobs that use it: those that choose it first, then by name. `uses` counts all of them. */
export const suppressionListView = suppressionList.extend({
  jobs: z.array(jobOfList).max(MAX_JOBS_OF_LIST).readonly(),
  uses: z.array(useOfList).readonly(),
  longest_stay_days: z
    .number()
    .int()
    .nullable()
    .describe('The most member_days of all its jobs. Null where a run of each job takes members away.'),
});
export type SuppressionListView = z.infer<typeof suppressionListView>;
