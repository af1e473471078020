/** What the file of a part was made of. Whoever locks the part reads what belongs to its present file. */
import type { JobReads, StoredJob } from '../../contracts/job-store.ts';
import type { DividedSource } from '../../domain/runs/run.ts';
import { dividedSource } from '../../domain/runs/varied.ts';

/** Undefined for a job that is no part, and when the journal of the scan is gone or cannot be read. */
export async function dividedFor(
  store: Pick<JobReads, 'runEvents'>,
  { part }: Pick<StoredJob, 'part'>,
): Promise<DividedSource | undefined> {
  if (!part) return undefined;
  const [started] = await store.runEvents(part.run);
  return started?.type === 'started' ? dividedSource(started.request, part.value) : undefined;
}
