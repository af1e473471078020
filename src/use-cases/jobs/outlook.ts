/** What the list of a job will hold over the next weeks, saved or not. */
import type { Outlook, OutlookRequest } from '../../contracts/outlook.ts';
import { firstEmpty, heldAt, outlookDays, outlookMoments, type Sending } from '../../domain/audiences/outlook.ts';
import { MAX_MEMBER_DAYS } from '../../domain/audiences/requests.ts';
import { daysFor, tooFewDays } from '../../domain/jobs/member-days.ts';
import { longestGapOf } from '../../domain/schedule/longest-gap.ts';
import { localized } from '../../domain/text/sentence.ts';
import { nextSlot, slotsUntil } from '../../jobs/schedule.ts';
import { successesOf } from '../../store/repositories/job-history.ts';
import { getJob } from '../../store/repositories/jobs.ts';
import type { UseCaseDeps } from '../deps.ts';

const DAY = 24 * 3_600_000;
/** More runs of one time are not told apart. */
const MOST = 360;

export async function outlookOf(
  { db, now }: Pick<UseCaseDeps, 'db' | 'now'>,
  { job_id, schedule, member_days: days, members }: OutlookRequest,
): Promise<Outlook> {
  const from = now();
  const past = job_id === null ? [] : await sentBy(db, job_id, from);
  const size = members ?? past.at(-1)?.members ?? null;
  const gap = schedule && longestGapOf(schedule);
  const warning = gap === null ? undefined : tooFewDays(days, gap, MAX_MEMBER_DAYS);
  const facts = {
    longest_gap: gap,
    needed_days: gap && daysFor(gap),
    warning: warning ? localized(warning) : null,
  };
  if (size === null) return { ...facts, empty_at: null, empty_without_runs_at: null, with_runs: [], without_runs: [] };
  const until = new Date(from.getTime() + outlookDays(days) * DAY);
  const slots = schedule && nextSlot(schedule, from) <= until ? slotsUntil(schedule, from, until) : [];
  // A job that is new runs at once.
  const coming = [...(job_id === null ? [from] : []), ...slots].map((at) => ({ at: at.getTime(), members: size }));
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
    with_runs: points(withRuns),
    without_runs: points(withoutRuns),
  };
}

const asTime = (moment: number | undefined): string | null =>
  moment === undefined ? null : new Date(moment).toISOString();

/** What the runs of a job have sent to its present list, oldest first: of the first identifier. */
async function sentBy(db: UseCaseDeps['db'], jobId: string, to: Date): Promise<Sending[]> {
  const { audienceId } = await getJob(db, jobId);
  const from = new Date(to.getTime() - MAX_MEMBER_DAYS * DAY);
  const runs = await successesOf(db, { jobId, from, to }, MOST);
  return runs.flatMap(({ audience_id, ended_at, uploaded }) =>
    audience_id === audienceId && ended_at !== null && uploaded
      ? [{ at: Date.parse(ended_at), members: uploaded }]
      : [],
  );
}
