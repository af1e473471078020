/** The filter of a list of runs: what a client sends, and what it means. */
import { z } from 'zod';
import { wrongValue } from '../text/localized.ts';
import { issueText, sentence } from '../text/sentence.ts';
import { adAccountId, knownId } from '../values/bounds.ts';
import { type ServiceRunStatus, serviceRunStatus } from './run.ts';

/** ISO 8601, with years that the database and cursors support. */
const MOMENT = /^[12]\d{3}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;
const DAY_MS = 86_400_000;

/** A time, or a day in UTC. */
const moment = z
  .string()
  .max(40)
  .refine(
    (text) => MOMENT.test(text) && !Number.isNaN(Date.parse(text)),
    issueText`Enter a date such as 2026-11-01, or a time such as 2026-11-01T09:00:00Z.`,
  );

/** The filter of a list of runs. A run must match all given conditions. */
export const runFilter = z.object({
  status: z
    .preprocess(
      (given: string | readonly string[]) => (typeof given === 'string' ? [given] : given),
      z
        .array(
          z.enum(
            serviceRunStatus.options,
            issueText`Enter one of these: running, succeeded, failed, interrupted, dry_run, queued, stopped.`,
          ),
        )
        .max(serviceRunStatus.options.length),
    )
    .optional()
    .describe('Repeat it for several statuses.'),
  job_id: knownId.optional(),
  deleted_job: z
    .enum(['true', 'false'], issueText`Enter true or false.`)
    .optional()
    .describe('Only runs whose job was deleted (`true`) or still exists (`false`).'),
  ad_account: adAccountId.optional(),
  from: moment.optional().describe('Only runs queued at or after this time.'),
  to: moment.optional().describe('Only runs queued before this time. A date means the end of that day.'),
});

/** The parsed filter. `from` is inclusive, `to` is exclusive. */
export interface RunFilter {
  readonly status?: readonly ServiceRunStatus[];
  readonly jobId?: string;
  readonly deletedJob?: boolean;
  readonly adAccountId?: string;
  readonly from?: Date;
  readonly to?: Date;
}

/** @throws {LineupError} `invalid_argument` when the end lies before the beginning */
export function readRunFilter(given: z.infer<typeof runFilter>): RunFilter {
  const { status, job_id, deleted_job, ad_account } = given;
  const from = given.from === undefined ? undefined : new Date(given.from);
  const to = given.to === undefined ? undefined : new Date(Date.parse(given.to) + restOfDay(given.to));
  if (from && to && from >= to) {
    throw wrongValue('to', sentence`The end must be after the start. Change one of them.`);
  }
  return {
    status: status && status.length > 0 ? status : undefined,
    jobId: job_id,
    deletedJob: deleted_job === undefined ? undefined : deleted_job === 'true',
    adAccountId: ad_account,
    from,
    to,
  };
}

const restOfDay = (given: string): number => (given.includes('T') ? 0 : DAY_MS);
