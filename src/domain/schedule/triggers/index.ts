/**
 * A trigger lets a job run when its data is ready, instead of at the times of a clock. Each kind has a file here, with
 * its keys as in the export form. The decisions are pure (seen.ts): src/jobs/triggers looks, and remembers.
 */
import { z } from 'zod';
import type { ScheduleKeys } from '../schedule.ts';
import { type AfterJob, afterJob } from './after-job.ts';
import { objectTrigger } from './object.ts';
import { tableTrigger } from './table.ts';
import { webhook } from './webhook.ts';

/** What a job waits for. */
export const trigger = z.discriminatedUnion('kind', [afterJob, objectTrigger, tableTrigger, webhook]);
export type Trigger = z.infer<typeof trigger>;
export type TriggerKind = Trigger['kind'];

export interface TriggerKeys extends Pick<ScheduleKeys, 'continuous_update'> {
  readonly run_frequency: string | null;
  readonly trigger?: Trigger | null | undefined;
}

/** The trigger of a configuration; undefined for a job that runs at the times of a schedule, or once. */
export const triggerOf = ({ continuous_update, run_frequency, trigger: own }: TriggerKeys): Trigger | undefined =>
  continuous_update && run_frequency === 'when_ready' ? (own ?? undefined) : undefined;

/** The trigger of a job that waits for another one; undefined for every other job. */
export function afterJobOf(configuration: TriggerKeys): AfterJob | undefined {
  const own = triggerOf(configuration);
  return own?.kind === 'after_job' ? own : undefined;
}

/** A trigger, and the audience of the job in its source. */
export interface Looking {
  readonly trigger?: Trigger | undefined;
  /** Only of a trigger that looks there. */
  readonly source?: string | undefined;
}

/** What a trigger looks at. */
function thingOf(own: Trigger): string | null {
  switch (own.kind) {
    case 'after_job':
      return own.job_id;
    case 'object':
      return own.address;
    case 'table':
      return JSON.stringify([own.column, own.query]);
    case 'webhook':
      return null;
  }
}

/** Whether two triggers look at the same thing, so that what one has seen counts for the other. */
export const looksAtTheSame = ({ trigger: a, source: before }: Looking, { trigger: b, source }: Looking): boolean =>
  a !== undefined && b !== undefined && a.kind === b.kind && thingOf(a) === thingOf(b) && before === source;

/** Whether a trigger looks at the source of its job. */
export const looksAtSource = ({ kind }: Trigger): boolean => kind === 'object' || kind === 'table';
