/** Jobs as the lines of a list: little enough that a browser can hold all jobs of an installation. */
import { z } from 'zod';
import { MAX_ROWS } from '../domain/jobs/lists.ts';
import { pageOf } from '../domain/values/paging.ts';
import { incompleteAtLine, job, jobCondition, jobListQuery, jobPage, jobView } from './jobs.ts';
import { runSummary } from './runs.ts';

const sibling = job.shape.configuration.shape.siblings.unwrap().element;

export const jobRow = job.pick({ id: true, name: true, tags: true, error_count: true }).extend({
  adaccount_id: z.string(),
  /** Null for files. */
  source_label: z.string().nullable(),
  /** Further identifiers. */
  siblings: z.array(sibling.pick({ identifier_type: true, audience_name: true })).readonly(),
  parts: z
    .number()
    .int()
    .optional()
    .describe('How many audiences a job fills that has one for each value of a column. Missing for others.'),
  condition: jobCondition,
  error: z.object({ code: z.string() }).nullable(),
  incomplete_at_line: incompleteAtLine.nullable(),
  open_alerts: z.number().int(),
  next_run_at: z.string().nullable(),
  runs_when: jobView.shape.runs_when,
  last_run: runSummary
    .pick({ status: true, stopping: true })
    .extend({ at: z.string().describe('When it ended; before that, when it started or was queued.') })
    .nullable(),
  recent_sizes: z.array(z.number().int()).describe('As of the job, but only the latest.'),
  found_by: z
    .array(z.string())
    .readonly()
    .describe(
      'What else `search` finds the job by: its source and its audiences at the destination. Long texts are cut.',
    ),
});
export type JobRow = z.infer<typeof jobRow>;

export const jobRowQuery = jobListQuery.extend({
  limit: z.coerce.number<number>().int().min(1).max(MAX_ROWS).default(MAX_ROWS),
});

export const jobRowPage = pageOf(jobRow).extend({ total: jobPage.shape.total, before: jobPage.shape.before });
export type JobRowPage = z.infer<typeof jobRowPage>;

/** A part of a job that fills an audience for each value of a column. */
export const jobPart = jobRow.extend({
  value: z.string().describe('Of the column.'),
  audience_id: z.string().nullable(),
  audience_name: z.string().nullable(),
  is_in_last_scan: z.boolean().describe('Whether the last scan has seen the value. If not, the job does not run.'),
  seen_at: z.string().nullable().describe('When the scan began that has seen the value last.'),
});
export type JobPart = z.infer<typeof jobPart>;

export const jobPartPage = pageOf(jobPart).extend({ total: jobPage.shape.total });
export type JobPartPage = z.infer<typeof jobPartPage>;
