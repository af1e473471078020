/**
 * Reports that LINE holds only a part of an audience, when the job rests: in the job's log and as an event, once for
 * each end of a run. While a run is active, or is tried again within minutes, there is nothing to report.
 */

import type { JobTransaction, StoredJob } from '../contracts/job-store.ts';
import { destinationOfJob, ownerOf } from '../domain/destinations/index.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import { conditionOf } from '../domain/jobs/conditions.ts';
import { system } from '../domain/people/people.ts';
import { localized, type Sentence, sentence } from '../domain/text/sentence.ts';

const ACTION = 'incomplete';

export interface ReportContext {
  readonly tx: JobTransaction;
  readonly now: Date;
}

/** @param job in its present state, locked in the transaction */
export async function reportIncomplete({ tx, now }: ReportContext, job: StoredJob): Promise<void> {
  const { id: jobId, name: jobName, state } = job;
  const condition = conditionOf(state);
  if (condition === 'running' || condition === 'retrying') return;
  const part = (await tx.incompleteOf([jobId])).get(jobId);
  if (!part) return;
  const { runId, sent, total, endedAt } = part;
  if (await tx.hasTransition(jobId, ACTION, runId, endedAt)) return;
  const description = describePart(destinationOfJob(job.type), sent, total);
  const stays = { from: state.status, to: state.status, condition };
  await tx.recordTransition(
    { jobId, action: ACTION, ...stays, actor: system, reason: localized(description), runId },
    // The log shows it after the end of that run, also when the clock was set back.
    new Date(Math.max(now.getTime(), endedAt.getTime())),
  );
  const about = { at: now.toISOString(), jobId, jobName, runId };
  await tx.publish({ type: 'audience_incomplete', ...about, ...localized(description), sent, total });
}

/** LINE may have accepted all chunks, but the run did not see it finish the last one. */
const describePart = (traits: DestinationTraits, sent: number, total: number): Sentence => {
  const owner = ownerOf(traits);
  if (sent >= total)
    return sentence`${owner} accepted all ${total} members, but the run ended before ${owner} had finished processing them.`;
  // Where nobody leaves with an upload, the audience also holds the members that it had.
  return traits.leaving.by === 'replace'
    ? sentence`${owner} holds ${sent} of ${total} members.`
    : sentence`${owner} has added ${sent} of ${total} members.`;
};
