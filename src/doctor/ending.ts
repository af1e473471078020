/** Checks the audiences that end some time after their creation, and that a run should have renewed by now. */
import { MARGIN_DAYS } from '../domain/audiences/renewal.ts';
import { deliveriesOfJob } from '../domain/jobs/audiences.ts';
import type { Db } from '../store/database/database.ts';
import { livesOf } from '../store/repositories/audience-lives.ts';
import { getJobs } from '../store/repositories/jobs.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const ENDING = 'Audiences that end';

const DAY = 24 * 3_600_000;
/** More are not looked at, as the answer would be long. */
const MAX = 1_000;

/** An audience that a job fills. Names are left out: they may be those of a customer. */
export interface EndingAudience {
  readonly jobId: string;
  readonly audienceId: string;
  readonly endsAt: Date;
}

/** Those whose end is known, the first one first. */
export async function endingAudiences(db: Db): Promise<EndingAudience[]> {
  const rows = await db
    .selectFrom('audience_lives')
    .innerJoin('jobs', 'jobs.id', 'audience_lives.job_id')
    .select('jobs.id')
    .where('audience_lives.ends_at', 'is not', null)
    .where('jobs.status', '<>', 'killed')
    .orderBy('audience_lives.ends_at')
    .limit(MAX)
    .execute();
  const ids = [...new Set(rows.map(({ id }) => id))];
  const lives = await livesOf(db, ids);
  const jobs = new Map((await getJobs(db, ids)).map((job) => [job.id, job]));
  return lives.flatMap(({ jobId, audienceId, endsAt }) => {
    const job = jobs.get(jobId);
    // A successor has taken the place of the others.
    const isFilled = job && deliveriesOfJob(job).some((delivery) => delivery.audienceId === audienceId);
    return isFilled && endsAt ? [{ jobId, audienceId, endsAt }] : [];
  });
}

const run = 'Let a run of the job come: it fills a successor. Then change the campaigns to it.';

/** None where no audience ends. */
export function endingFindings(audiences: readonly EndingAudience[] = [], now: Date): Finding[] {
  const late = audiences.flatMap(({ jobId, audienceId, endsAt }) => {
    const days = Math.ceil((endsAt.getTime() - now.getTime()) / DAY);
    if (days <= 0) return [problem(ENDING, `${jobId}: the audience ${audienceId} has ended.`, run)];
    if (days > MARGIN_DAYS) return [];
    return [
      warning(ENDING, `${jobId}: the audience ${audienceId} ends in ${days} days, and no run has renewed it.`, run),
    ];
  });
  if (audiences.length === 0 || late.length > 0) return late;
  return [ok(ENDING, `None ends within ${MARGIN_DAYS} days. Runs renew them before.`)];
}
