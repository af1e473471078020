/** What an audience will hold where members leave by age, in the HTTP API. */
import { z } from 'zod';
import { MAX_MEMBER_DAYS, MAX_SIBLINGS } from '../domain/audiences/requests.ts';
import { schedule } from '../domain/schedule/schedule.ts';
import { localizedShape } from '../domain/text/localized.ts';
import { knownId } from '../domain/values/bounds.ts';

const count = z.int().nonnegative().max(1e12);

export const outlookRequest = z.strictObject({
  /** A saved job: what its runs have sent counts, too. */
  job_id: knownId.nullable().default(null),
  /** Null: it runs once. */
  schedule: schedule.nullable(),
  member_days: z.int().min(1).max(MAX_MEMBER_DAYS),
  /** How many a run sends. Null: as many as the last one. */
  members: count.nullable().default(null),
  /** The same for each further identifier that goes into the same list. Only with `members`. */
  further_members: z.array(count).max(MAX_SIBLINGS).default([]),
});
export type OutlookRequest = z.infer<typeof outlookRequest>;

const point = z.object({ at: z.string(), members: z.int() });

export const outlook = z.object({
  /** The longest time between two runs, in days. Null for a job that runs once. */
  longest_gap: z.int().nullable(),
  /** So many days are enough, also when a run is late. Null for a job that runs once. */
  needed_days: z.int().nullable(),
  /** The days are too few. */
  warning: z.object(localizedShape).nullable(),
  /** When the list is empty for the first time, if all runs come. Null: not in the time that is shown. */
  empty_at: z.string().nullable(),
  /** The same if no run comes from now on. Null when it holds nobody now. */
  empty_without_runs_at: z.string().nullable(),
  /**
   * How many people a run sends. With several identifiers in the list, they are at least as many as the largest one has
   * members, and at most as many as all together: nobody knows who has several. Null while nobody knows how many.
   */
  run: z.object({ least: z.int(), most: z.int() }).nullable(),
  /** How many the list holds at least, day by day. Empty while nobody knows how many. */
  with_runs: z.array(point).readonly(),
  without_runs: z.array(point).readonly(),
});
export type Outlook = z.infer<typeof outlook>;
