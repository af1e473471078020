/** Whom the last run of a job kept out, in tens: what `letInByJob` needs, and everybody may see. */

import type { RunSummary } from '../../contracts/runs.ts';
import type { LeftOut } from '../../domain/jobs/let-in.ts';
import { inTens } from '../../domain/runs/left-out.ts';
import type { SuppressedBy } from '../../domain/runs/run.ts';
import type { Db } from '../../store/database/database.ts';
import { chosenAmong } from '../../store/repositories/jobs-of-lists.ts';
import { type LeavesOut, leavesOutOf } from '../../store/repositories/run-events.ts';
import { lastSentRunsOf } from '../../store/repositories/run-list.ts';

/**
 * Without the jobs of which LINE has nothing yet.
 * @param lastRuns the newest run of each job, as far as they were read
 */
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
  const left = await leavesOutOf(
    db,
    runs.filter(([, run]) => deliveriesOf(run).some(leavesOut)).map(([, { id }]) => id),
  );
  const used = [...left.values()].flatMap(({ suppression }) => suppression.map(({ id }) => id));
  const lists = await chosenAmong(db, [...new Set(used)]);
  return new Map(runs.map(([id, run]) => [id, leftOutBy(run, left.get(run.id), lists)]));
}

type Counts = RunSummary | NonNullable<RunSummary['siblings']>[number];

const deliveriesOf = (run: RunSummary): readonly Counts[] => [run, ...(run.siblings ?? [])];

const leavesOut = ({ suppressed, held_out }: Counts): boolean => suppressed !== null || held_out !== null;

function leftOutBy(
  run: RunSummary,
  { holdOut, suppression }: LeavesOut = { holdOut: null, suppression: [] },
  lists: readonly { readonly id: string; readonly name: string }[],
): LeftOut {
  const deliveries = deliveriesOf(run);
  const keptOut = Map.groupBy(suppression, ({ id }: SuppressedBy) => id);
  return {
    audience_id: run.audience_id,
    hold_out: holdOut,
    held_out: deliveries.every(({ held_out }) => held_out === null)
      ? null
      : total(deliveries.map(({ held_out }) => inTens(held_out ?? 0))),
    sent: total(deliveries.map(shownSize)),
    lists: lists
      .filter(({ id }) => keptOut.has(id))
      .map(({ id, name }) => ({
        id,
        name,
        kept_out: inTens(total(keptOut.get(id)!.map(({ suppressed }) => suppressed))),
      })),
  };
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** From what everybody sees as unique values: with what is not told of the others (src/domain/runs/left-out.ts). */
function shownSize({ unique, suppressed, held_out, duplicates }: Counts): number {
  const notTold = [suppressed, held_out, duplicates].map((count) => (count ?? 0) - inTens(count ?? 0));
  return inTens((unique ?? 0) + total(notTold));
}
