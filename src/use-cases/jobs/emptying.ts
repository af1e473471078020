/** When the lists of jobs run empty. */
import type { StoredJob } from '../../contracts/job-store.ts';
import { emptyAt, emptyFirst } from '../../domain/alerts/emptying.ts';
import { leavesByAge } from '../../domain/destinations/index.ts';
import type { Db } from '../../store/database/database.ts';
import { lastWholesOf } from '../../store/repositories/emptying.ts';

/** When the first list of each job is empty, if no run comes. Without jobs whose members do not leave by age. */
export async function emptyingsOf(db: Db, jobs: readonly StoredJob[]): Promise<Map<string, Date>> {
  const ageing = jobs.filter(({ type }) => leavesByAge(type)).map(({ id }) => id);
  const lists = Map.groupBy(await lastWholesOf(db, ageing), ({ jobId }) => jobId);
  return new Map([...lists].map(([id, [first, ...others]]) => [id, emptyAt(emptyFirst([first!, ...others])!)]));
}
