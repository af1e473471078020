/** What is known of the ends of audiences, as in `src/use-cases/renewals.ts`: here from the journals. */
import type { StoredJob } from '../../src/contracts/job-store.ts';
import { deliveriesOfJob } from '../../src/domain/jobs/audiences.ts';
import { deliveryOf, foldRun, successorIn } from '../../src/domain/runs/run-state.ts';
import type { KnownLife } from '../../src/use-cases/renewals.ts';
import { type Rows, renewalOf, runsOfJob } from './job-queries.ts';

/** Of the audiences that a job has, by their ids. */
export function livesOf(rows: Rows, job: StoredJob): Map<string, KnownLife> {
  const found = new Map<string, KnownLife>();
  for (const { audienceId, configuration } of deliveriesOfJob(job)) {
    if (audienceId === null) continue;
    const renewal = renewalOf(rows, job.id, audienceId);
    const journal = renewal && foldRun(rows.get('events', renewal.run.id) ?? []);
    const successor = journal && successorIn(deliveryOf(journal, renewal.delivery.delivery));
    found.set(audienceId, {
      base: configuration.audience_name,
      endsAt: endOf(rows, job.id, audienceId),
      ...(successor && { successor }),
    });
  }
  return found;
}

/** As a run of the job was told it last. */
function endOf(rows: Rows, jobId: string, audienceId: string): string | null {
  for (const { id } of runsOfJob(rows, jobId)) {
    const told = (rows.get('events', id) ?? []).findLast(
      (event) => event.type === 'life' && event.audienceId === audienceId,
    );
    if (told?.type === 'life') return told.endsAt;
  }
  return null;
}
