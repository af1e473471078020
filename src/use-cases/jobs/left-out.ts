/** Whom the last run of a job kept out, in tens: what `letInByJob` needs, and everybody may see. */
import type { LeftOut } from '../../contracts/jobs.ts';
import { inTens } from '../../contracts/left-out.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import type { Db } from '../../store/database/database.ts';
import { keptOutOfJobs } from '../../store/repositories/jobs-of-lists.ts';
import { lastSentRunsOf } from '../../store/repositories/run-list.ts';

/** Without the jobs of which LINE has nothing yet. @param lastRuns the newest run of each job, as far as they were read */
export async function leftOutOf(
  db: Db,
  jobIds: readonly string[],
  lastRuns: ReadonlyMap<string, RunSummary> = new Map(),
): Promise<ReadonlyMap<string, LeftOut>> {
  const succeeded = [...lastRuns].filter(([, { status }]) => status === 'succeeded');
  const others = await lastSentRunsOf(
    db,
    jobIds.filter((id) => lastRuns.get(id)?.status !== 'succeeded'),
  );
  const runs = [...succeeded, ...others];
  const lists = await keptOutOfJobs(
    db,
    runs.map(([id]) => id),
  );
  return new Map(runs.map(([id, run]) => [id, leftOutBy(run, lists.get(id))]));
}

type Lists = readonly { readonly id: string; readonly name: string; readonly kept_out: number }[];

function leftOutBy(run: RunSummary, lists: Lists = []): LeftOut {
  const deliveries = [run, ...(run.siblings ?? [])];
  return {
    held_out: deliveries.every(({ held_out }) => held_out === null)
      ? null
      : total(deliveries.map(({ held_out }) => inTens(held_out ?? 0))),
    sent: total(deliveries.map(shownSize)),
    lists: lists.map(({ id, name, kept_out }) => ({ id, name, kept_out: inTens(kept_out) })),
  };
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** From what everybody sees as unique values: with what is not told of the others (src/contracts/left-out.ts). */
function shownSize({ unique, suppressed, held_out, duplicates }: RunSummary | SiblingSummary): number {
  const notTold = [suppressed, held_out, duplicates].map((count) => (count ?? 0) - inTens(count ?? 0));
  return inTens((unique ?? 0) + total(notTold));
}

type SiblingSummary = NonNullable<RunSummary['siblings']>[number];
