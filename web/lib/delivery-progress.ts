/** What an open page has heard of each delivery of a run that it follows. */
import type { RunProgress, RunUpdate } from '../../src/contracts/run-progress.ts';

type Sending = Extract<RunProgress, { stage: 'queue' | 'upload' | 'wait' }>;

/** By the number of the delivery, from 1. */
export type DeliveryProgress = Readonly<Record<number, Sending>>;

/** With what is new of one delivery. A scan is of all of them. */
export const withProgress = (before: DeliveryProgress = {}, progress: RunProgress): DeliveryProgress =>
  progress.stage === 'scan' || progress.stage === 'suppression'
    ? {}
    : { ...before, [progress.delivery ?? 1]: progress };

/** With an update of the run. A run without progress starts, or goes on after a while: what was heard before is old. */
export function heardAfter(before: DeliveryProgress = {}, update: RunUpdate): DeliveryProgress {
  if (update.type === 'progress') return withProgress(before, update.progress);
  return update.type === 'run' && update.run.progress === null ? {} : before;
}
