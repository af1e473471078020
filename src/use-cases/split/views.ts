/** What jobs say of their parts, and parts of their split job. */
import type { JobPart } from '../../contracts/job-rows.ts';
import type { StoredJob } from '../../contracts/job-store.ts';
import type { JobView } from '../../contracts/jobs.ts';
import type { Jobs } from '../../contracts/use-cases.ts';
import type { Db } from '../../store/database/database.ts';
import { countParts, lastScansOf, listParts, timesOfRuns } from '../../store/repositories/job-parts.ts';
import { getJob, getJobs } from '../../store/repositories/jobs.ts';
import { numberedPage } from '../cursors.ts';
import { rowsOf } from '../jobs/rows.ts';

type Shown = Pick<JobView, 'parts' | 'part_of'>;

/** Nothing of jobs that neither split nor are parts. */
export async function splitsOf(db: Db, jobs: readonly StoredJob[]): Promise<(job: StoredJob) => Shown> {
  const splitJobs = jobs.filter(({ configuration }) => configuration.split).map(({ id }) => id);
  const owners = await getJobs(db, [...new Set(jobs.flatMap(({ part }) => part?.of ?? []))]);
  const names = new Map(owners.map(({ id, name }) => [id, name]));
  const lastScans = await lastScansOf(db, [...splitJobs, ...names.keys()]);
  const counts = await countParts(db, splitJobs, lastScans);
  return ({ id, part }) => {
    const parts = counts.get(id);
    const owner = part && names.get(part.of);
    return {
      ...(parts && { parts }),
      ...(part &&
        owner !== undefined && {
          part_of: {
            id: part.of,
            name: owner,
            value: part.value,
            is_in_last_scan: lastScans.get(part.of) === part.run,
          },
        }),
    };
  };
}

/** The parts of a job, by value. */
export async function partsOf(db: Db, id: string, page: Parameters<Jobs['parts']>[1]): ReturnType<Jobs['parts']> {
  const { id: jobId } = await getJob(db, id);
  const from = Number(page.cursor ?? 0);
  let total = 0;
  const { items, next } = await numberedPage(
    page,
    async (limit) => {
      const found = await listParts(db, jobId, { limit, from });
      total = found.total;
      return found.items.map((job, n) => ({ job, n: from + n + 1 }));
    },
    ({ n }) => n,
  );
  return {
    items: await shownParts(
      db,
      items.map(({ job }) => job),
      jobId,
    ),
    next,
    total,
  };
}

async function shownParts(db: Db, jobs: readonly StoredJob[], splitJob: string): Promise<JobPart[]> {
  const rows = await rowsOf(db, jobs, false);
  const lastScan = (await lastScansOf(db, [splitJob])).get(splitJob);
  const seen = await timesOfRuns(
    db,
    jobs.flatMap(({ part }) => part?.run ?? []),
  );
  return jobs.map(({ part, audienceId, configuration }, n) => ({
    ...rows[n]!,
    value: part?.value ?? '',
    audience_id: audienceId,
    audience_name: configuration.audience_name,
    is_in_last_scan: part?.run === lastScan,
    seen_at: seen.get(part?.run ?? '')?.toISOString() ?? null,
  }));
}
