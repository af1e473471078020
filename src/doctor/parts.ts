/** Checks the jobs that fill an audience for each value of a column: values that do not come back, and too many. */
import { MAX_PARTS } from '../domain/jobs/part-values.ts';
import type { Db } from '../store/database/database.ts';
import { lastScansOf, timesOfRuns } from '../store/repositories/job-parts.ts';
import { type Finding, few, ok, warning } from './finding.ts';

const PARTS = 'Audiences by value';

const DAY = 24 * 3_600_000;
/** A value that has not come back for so long was probably renamed. */
const LONG_DAYS = 30;
/** New values need some room. */
const NEARLY = Math.round(MAX_PARTS * 0.9);
/** More are not looked at, as the answer would be long. */
const MAX = 1_000;

/** Names and values are left out: they may be those of a customer. */
export interface SplitJob {
  readonly id: string;
  readonly parts: number;
  /** When each value was seen that the last scan has not seen. Null when that run is gone. */
  readonly vanished: readonly (Date | null)[];
}

export async function splitJobs(db: Db): Promise<SplitJob[]> {
  const owners = await db
    .selectFrom('jobs')
    .select('id')
    .where('status', '<>', 'killed')
    .where((eb) => eb.exists(eb.selectFrom('jobs as part').select('part.id').whereRef('part.part_of', '=', 'jobs.id')))
    .orderBy('id')
    .limit(MAX)
    .execute();
  const ids = owners.map(({ id }) => id);
  if (ids.length === 0) return [];
  const parts = await db
    .selectFrom('jobs')
    .select(['part_of', 'part_run'])
    .where('part_of', 'in', ids)
    .where('status', '<>', 'killed')
    .execute();
  const lastScans = await lastScansOf(db, ids);
  const missing = parts.filter(({ part_of, part_run }) => part_run !== lastScans.get(part_of!));
  const times = await timesOfRuns(
    db,
    missing.flatMap(({ part_run }) => part_run ?? []),
  );
  return ids.map((id) => ({
    id,
    parts: parts.filter(({ part_of }) => part_of === id).length,
    vanished: missing.filter(({ part_of }) => part_of === id).map(({ part_run }) => times.get(part_run ?? '') ?? null),
  }));
}

/** None without such jobs. */
export function partFindings(jobs: readonly SplitJob[] = [], now: Date): Finding[] {
  const found = jobs.flatMap(({ id, parts, vanished }) => {
    const long = vanished.filter((seen) => seen === null || now.getTime() - seen.getTime() > LONG_DAYS * DAY).length;
    return [
      long > 0 &&
        warning(
          PARTS,
          `${id}: ${long} of ${parts} audiences had no value in a scan for more than ${LONG_DAYS} days. They stay as they are.`,
          'Delete the jobs of values that do not come back, or correct the source.',
        ),
      parts >= NEARLY &&
        warning(
          PARTS,
          `${id}: it has ${parts} of at most ${MAX_PARTS} audiences.`,
          'Delete the jobs of values that do not come back, or divide the source among two jobs.',
        ),
    ].filter((finding) => finding !== false);
  });
  if (jobs.length === 0 || found.length > 0) return few(found);
  return [ok(PARTS, `All values were seen within ${LONG_DAYS} days, and no job is near its ${MAX_PARTS} audiences.`)];
}
