/** What the list of a job will hold over the next weeks, saved or not. */
import type { Outlook, OutlookRequest } from '../../contracts/outlook.ts';
import { firstEmpty, heldAt, outlookDays, outlookMoments, type Sending } from '../../domain/audiences/outlook.ts';
import { MAX_MEMBER_DAYS } from '../../domain/audiences/requests.ts';
import { daysFor, tooFewDays } from '../../domain/jobs/member-days.ts';
import { longestGapOf } from '../../domain/schedule/longest-gap.ts';
import { localized } from '../../domain/text/sentence.ts';
import { nextSlot, slotsUntil } from '../../jobs/schedule.ts';
import { sentTo, successesOf } from '../../store/repositories/job-history.ts';
import { getJob } from '../../store/repositories/jobs.ts';
import type { UseCaseDeps } from '../deps.ts';

const DAY = 24 * 3_600_000;
/** More runs of one time are not told apart. */
const MOST = 360;

export async function outlookOf(
  { db, now }: Pick<UseCaseDeps, 'db' | 'now'>,
  { job_id, schedule, member_days: days, members, further_members }: OutlookRequest,
): Promise<Outlook> {
  const from = now();
  const past = job_id === null ? [] : await sentBy(db, job_id, from);
  // Of each identifier that goes into the list.
  const sizes = members === null ? lastOf(past) : [members, ...further_members];
  const gap = schedule && longestGapOf(schedule);
  const warning = gap === null ? undefined : tooFewDays(days, gap, MAX_MEMBER_DAYS);
  const facts = {
    longest_gap: gap,
    needed_days: gap && daysFor(gap),
    warning: warning ? localized(warning) : null,
  };
  if (sizes.length === 0)
    return { ...facts, empty_at: null, empty_without_runs_at: null, run: null, with_runs: [], without_runs: [] };
  // Who has several identifiers counts once, and nobody knows who has.
  const least = Math.max(...sizes);
  const until = new Date(from.getTime() + outlookDays(days) * DAY);
  const slots = schedule && nextSlot(schedule, from) <= until ? slotsUntil(schedule, from, until) : [];
  // A job that is new runs at once.
  const coming = [...(job_id === null ? [from] : []), ...slots].map((at) => ({ at: at.getTime(), members: least }));
  const withRuns = [...past, ...coming];
  // Of a new job, the first run alone.
  const withoutRuns = job_id === null ? coming.slice(0, 1) : past;
  const time = { from: from.getTime(), until: until.getTime() };
  const points = (sendings: readonly Sending[]) =>
    outlookMoments(time.from, outlookDays(days)).map((at) => ({
      at: new Date(at).toISOString(),
      members: heldAt(sendings, days, at),
    }));
  const isFull = heldAt(withoutRuns, days, time.from) > 0;
  const empty = (sendings: readonly Sending[]) => asTime(firstEmpty(sendings, days, time));
  return {
    ...facts,
    empty_at: empty(withRuns),
    empty_without_runs_at: isFull ? empty(withoutRuns) : null,
    run: { least, most: sizes.reduce((sum, size) => sum + size, 0) },
    with_runs: points(withRuns),
    without_runs: points(withoutRuns),
  };
}

const asTime = (moment: number | undefined): string | null =>
  moment === undefined ? null : new Date(moment).toISOString();

/** What the runs of a job have sent to its present list, oldest first: one entry for each identifier of a run. */
async function sentBy(db: UseCaseDeps['db'], jobId: string, to: Date): Promise<SentOfRun[]> {
  const { audienceId } = await getJob(db, jobId);
  if (audienceId === null) return [];
  const from = new Date(to.getTime() - MAX_MEMBER_DAYS * DAY);
  const runs = await successesOf(db, { jobId, from, to }, MOST);
  const ids = runs.map(({ id }) => id);
  return (await sentTo(db, ids, audienceId)).map(({ runId, endedAt, uploaded }) => ({
    runId,
    at: endedAt.getTime(),
    members: uploaded,
  }));
}

interface SentOfRun extends Sending {
  readonly runId: string;
}

const lastOf = (past: readonly SentOfRun[]): number[] =>
  past.filter(({ runId }) => runId === past.at(-1)?.runId).map(({ members }) => members);
