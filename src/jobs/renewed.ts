/** Tells that a run has renewed audiences: in the job's log and as an event, with the change itself. */
import type { JobTransaction } from '../contracts/job-store.ts';
import { renewedText } from '../domain/audiences/renewal-text.ts';
import { conditionOf } from '../domain/jobs/conditions.ts';
import { system } from '../domain/people/people.ts';
import type { RunState } from '../domain/runs/run-state.ts';
import { joinSentences, localized } from '../domain/text/sentence.ts';

/** @param deliveries with the successors that the job has now */
export async function reportRenewed(
  tx: JobTransaction,
  runId: string,
  deliveries: readonly RunState[],
  at: string,
): Promise<void> {
  const { jobId } = await tx.getRun(runId);
  if (jobId === null) return;
  const { name: jobName, state } = await tx.getJob(jobId);
  const text = joinSentences(...deliveries.flatMap(renewedText));
  const stays = { from: state.status, to: state.status, condition: conditionOf(state) };
  const reason = localized(text);
  await tx.recordTransition({ jobId, action: 'renewed', ...stays, actor: system, reason, runId }, new Date(at));
  const audiences = deliveries.flatMap(({ renews, audienceId, audienceName }) =>
    renews && audienceId !== null
      ? [
          {
            old_id: renews.audienceId,
            old_name: renews.audienceName,
            old_ends_at: renews.endsAt,
            new_id: audienceId,
            new_name: audienceName,
          },
        ]
      : [],
  );
  await tx.publish({ type: 'audience_renewed', at, jobId, jobName, runId, ...localized(text), audiences });
}
