/** Checks the jobs that run when another one has succeeded, and that wait for it in vain. */
import { sql } from 'kysely';
import type { JobStatus } from '../domain/jobs/conditions.ts';
import { type StandingStill, standsStill } from '../domain/schedule/triggers/after-job.ts';
import type { Db } from '../store/database/database.ts';
import { type Finding, few, ok, warning } from './finding.ts';

const WAITING = 'Jobs that wait';

/** More are not looked at, as the answer would be long. */
const MAX = 1_000;

/** A job that waits for another one. Names are left out: they may be those of a customer. */
export interface WaitingJob {
  readonly jobId: string;
  readonly awaitedId: string;
  /** Null when the other job was deleted. */
  readonly status: JobStatus | null;
}

/** Without parts: a split job that does not go on would be named for each of its values. */
export async function waitingJobs(db: Db): Promise<WaitingJob[]> {
  const { rows } = await sql<WaitingJob>`
    select job.id as "jobId", job.configuration->'trigger'->>'job_id' as "awaitedId", other.status
    from lineup.jobs as job left join lineup.jobs as other on other.id = job.configuration->'trigger'->>'job_id'
    where job.configuration->'trigger'->>'job_id' is not null and job.configuration->>'run_frequency' = 'when_ready'
      and job.configuration->>'continuous_update' = 'true' and job.status <> 'killed' and job.part_of is null
    order by job.id limit ${MAX}`.execute(db);
  return rows;
}

/** None where no job waits for another one. */
export function waitingFindings(jobs: readonly WaitingJob[] = []): Finding[] {
  const inVain = jobs.flatMap(({ jobId, awaitedId, status }) => {
    const why = whyInVain(status);
    return why ? [warning(WAITING, `${jobId} waits for ${awaitedId}, which ${why[0]}.`, why[1])] : [];
  });
  if (jobs.length === 0 || inVain.length > 0) return few(inVain);
  return [ok(WAITING, 'Each job that runs after another one waits for a job that goes on.')];
}

const ANOTHER = 'Let it wait for another job, or give it a schedule: lineup jobs edit.';

/** Why the other job does not succeed any more, and what to do. */
const inVainWhile: Readonly<Record<StandingStill, readonly [why: string, todo: string]>> = {
  killed: ['is terminated', ANOTHER],
  paused: ['is paused', 'Resume that job, or let this one wait for another.'],
  failed: ['has failed', 'Correct what its page says, and resume it.'],
};

function whyInVain(status: JobStatus | null): readonly [why: string, todo: string] | undefined {
  if (status === null) return ['was deleted', ANOTHER];
  return standsStill(status) ? inVainWhile[status] : undefined;
}
