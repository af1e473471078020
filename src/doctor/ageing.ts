/** Checks the jobs whose members leave by age: too few days for the schedule, and lists that run empty. */
import { sql } from 'kysely';
import { ageingJobTypes, destinationOfJob } from '../domain/destinations/index.ts';
import { configurationWarnings } from '../domain/jobs/member-days.ts';
import { inEnglish } from '../domain/text/sentence.ts';
import type { Db } from '../store/database/database.ts';
import { lastWholesOf } from '../store/repositories/emptying.ts';
import { getJobs } from '../store/repositories/jobs.ts';
import { emptyingWithin } from '../use-cases/emptying.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const AGEING = 'Lists by age';

/** More jobs are not looked at, as the answer would be long. */
const MAX_JOBS = 1_000;
/** Before its list is empty, a job is named. */
const SOON_DAYS = 7;

/** A job, without its name, which may be that of a customer. */
export interface AgeingJob {
  readonly id: string;
  /** Its days are too few for its schedule. */
  readonly tooFew: string | null;
  /** Its list runs empty. */
  readonly emptying: string | null;
}

export async function ageingJobs(db: Db, now: Date): Promise<AgeingJob[]> {
  const types = ageingJobTypes();
  if (types.length === 0) return [];
  const ids = await db
    .selectFrom('jobs')
    .select('id')
    .where(sql<boolean>`type in (${sql.join(types)})`)
    .where('status', '<>', 'killed')
    .orderBy('id')
    .limit(MAX_JOBS)
    .execute();
  const jobs = await getJobs(
    db,
    ids.map(({ id }) => id),
  );
  const lists = Map.groupBy(
    await lastWholesOf(
      db,
      jobs.map(({ id }) => id),
    ),
    ({ jobId }) => jobId,
  );
  return jobs.map((job) => {
    const emptying = emptyingWithin(SOON_DAYS, job, lists.get(job.id) ?? [], now);
    const [few] = configurationWarnings(destinationOfJob(job.type), job.configuration);
    return {
      id: job.id,
      tooFew: few?.message ?? null,
      emptying: emptying?.isBroken ? inEnglish(emptying.what) : null,
    };
  });
}

/** None where no members leave by age. */
export function ageingFindings(jobs: readonly AgeingJob[] = []): Finding[] {
  const wrong = jobs.flatMap(({ id, tooFew, emptying }) => [
    ...(emptying === null
      ? []
      : [problem(AGEING, `${id}: ${emptying}`, 'Open the job, and let a run send its members.')]),
    ...(tooFew === null
      ? []
      : [warning(AGEING, `${id}: ${tooFew}`, 'Edit the job: "lineup jobs edit --member-days".')]),
  ]);
  if (jobs.length === 0 || wrong.length > 0) return wrong;
  return [ok(AGEING, 'No list runs empty, and no job has too few days for its schedule.')];
}
