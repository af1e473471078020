/** The history of a job in the HTTP API: its runs and what happened to it, as its charts show them. */
import { z } from 'zod';
import { itemsOf } from '../domain/values/paging.ts';
import { runSummary } from './runs.ts';

/** A successful run: the numbers of its first delivery, as in a list of runs. */
const historyPoint = runSummary.pick({
  id: true,
  queued_at: true,
  started_at: true,
  ended_at: true,
  ad_account_id: true,
  audience_id: true,
  missing: true,
  invalid: true,
  suppressed: true,
  held_out: true,
  duplicates: true,
  unique: true,
  turnover: true,
  uploaded: true,
  matching_status: true,
  matching_size: true,
});
export type HistoryPoint = z.infer<typeof historyPoint>;

export const jobEventKind = z.enum([
  /** A run failed. */
  'failed',
  /** The guard, an alert rule or a suppression list stopped a run before anything was sent. */
  'held_back',
  /** A person stopped a run. */
  'stopped',
  /** A person approved a result. */
  'approved',
  'edited',
  /** Another source, or another suppression list or one with other members. */
  'list_changed',
  'paused',
  'resumed',
]);
export type JobEventKind = z.infer<typeof jobEventKind>;

/** What happened, and when. Who did it, and what exactly changed, is in the audit log. */
export const jobEvent = z.object({ at: z.string(), kind: jobEventKind, run_id: z.string().nullable() });
export type JobEvent = z.infer<typeof jobEvent>;

export const jobHistory = itemsOf(historyPoint).extend({
  from: z.string(),
  to: z.string(),
  /** Oldest first, as the items. */
  events: z.array(jobEvent).readonly(),
});
export type JobHistory = z.infer<typeof jobHistory>;
