/** When the audiences of jobs are renewed, and which ones were, as the API shows it. */
import type { StoredJob } from '../../contracts/job-store.ts';
import type { JobView } from '../../contracts/jobs.ts';
import { endsFirst, isTold, whenRenewed } from '../../domain/alerts/ending.ts';
import { byPerson } from '../../domain/audiences/renewal-text.ts';
import { destinationOfJob } from '../../domain/destinations/index.ts';
import { conditionOf } from '../../domain/jobs/conditions.ts';
import { scheduleOf } from '../../domain/schedule/schedule.ts';
import { joinSentences, localized } from '../../domain/text/sentence.ts';
import type { Db } from '../../store/database/database.ts';
import { type AudienceLife, livesOf } from '../../store/repositories/audience-lives.ts';
import { endingsOf } from '../ending.ts';

/** For each of these jobs. Nothing is read for those whose audiences do not end. */
export async function renewalsOfJobs(db: Db, jobs: readonly StoredJob[], now: Date) {
  const ending = jobs.filter(({ type }) => destinationOfJob(type).lifeDays !== null).map(({ id }) => id);
  const lives = await livesOf(db, ending);
  return (job: StoredJob): Pick<JobView, 'renewal' | 'renewed'> => ({
    renewal: plannedOf(job, lives, now),
    renewed: lives.filter(({ jobId }) => jobId === job.id).flatMap(asRenewed),
  });
}

function plannedOf(job: StoredJob, lives: readonly AudienceLife[], now: Date): JobView['renewal'] {
  const first = endsFirst(endingsOf(job, lives, now));
  if (!first) return null;
  const about = { condition: conditionOf(job.state), hasSchedule: scheduleOf(job.configuration) !== undefined };
  return {
    audience_id: first.audienceId,
    audience_name: first.name,
    ends_at: first.endsAt.toISOString(),
    planned_at: first.plannedAt.toISOString(),
    is_near: isTold(first, now),
    ...localized(joinSentences(whenRenewed(first.plannedAt, about), byPerson)),
  };
}

function asRenewed({ audienceId, name, endsAt, successor }: AudienceLife): JobView['renewed'] {
  if (!successor?.since || successor.id === null) return [];
  return [
    {
      at: successor.since.toISOString(),
      run_id: successor.runId,
      old_id: audienceId,
      old_name: name,
      old_ends_at: endsAt?.toISOString() ?? null,
      new_id: successor.id,
      new_name: successor.name,
    },
  ];
}
