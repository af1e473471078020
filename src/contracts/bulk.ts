/** One request for many jobs: which ones, what to do with them, and what became of each. */
import { z } from 'zod';
import { MAX_ROWS, tags } from '../domain/jobs/lists.ts';
import { localizedShape } from '../domain/text/localized.ts';
import { issueText } from '../domain/text/sentence.ts';
import { knownId } from '../domain/values/bounds.ts';
import { jobListQuery } from './jobs.ts';

/** The ids of several jobs, each once. */
export const jobIds = (most: number) =>
  z
    .array(knownId)
    .min(1, issueText`Choose at least one.`)
    .max(most)
    .refine((ids) => new Set(ids).size === ids.length, issueText`Name each job once.`);

/** An unknown key would match more jobs than the client wants, so it is refused. */
const filter = z.strictObject(jobListQuery.omit({ limit: true, cursor: true, sort: true, order: true }).shape);

/** Jobs by their ids, or all that match a filter. */
export const chosenJobs = z
  .strictObject({
    ids: jobIds(MAX_ROWS).optional(),
    filter: filter.optional().describe('As the query of `GET /jobs`; an empty one matches all jobs.'),
    count: z
      .number()
      .int()
      .min(1)
      .max(MAX_ROWS)
      .optional()
      .describe('With `filter`: how many jobs match, as the person saw it. With another number nothing is done.'),
  })
  .refine(
    ({ ids, filter, count }) => (ids === undefined) === (filter !== undefined) && !filter === (count === undefined),
    issueText`Give ids, or filter and count.`,
  );
export type ChosenJobs = z.infer<typeof chosenJobs>;

export const bulkChange = z
  .strictObject({
    add_tags: tags.min(1).optional(),
    remove_tags: tags.min(1).optional(),
    authorization_id: knownId
      .optional()
      .describe(
        'Replaces the authorization of the same kind: of the destination, or that of the source with the same provider.',
      ),
  })
  .refine((change) => Object.keys(change).length > 0, issueText`Say what to change.`);
export type BulkChange = z.infer<typeof bulkChange>;

/** What became of one job. */
const bulkOutcome = z.object({
  type: z.literal('job'),
  id: z.string(),
  /** `unchanged`: it was so already. */
  outcome: z.enum(['done', 'unchanged', 'refused']),
  /** Why it was refused. The other jobs are not affected. */
  error: z.object({ code: z.string(), ...localizedShape }).nullable(),
});
export type BulkOutcome = z.infer<typeof bulkOutcome>;

export const bulkUpdate = z.discriminatedUnion('type', [
  /** Sent first: how many jobs there are. */
  z.object({ type: z.literal('jobs'), count: z.number().int() }),
  bulkOutcome,
]);
export type BulkUpdate = z.infer<typeof bulkUpdate>;
