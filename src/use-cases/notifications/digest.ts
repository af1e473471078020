/** The weekly digest: on Monday at 09:00, what deserves attention, and how the sizes have changed. */
import type { WeeklyDigest } from '../../contracts/domain-events.ts';
import type { AudienceHealth } from '../../contracts/health-report.ts';
import { inTens } from '../../domain/runs/left-out.ts';
import type { Turnover } from '../../domain/runs/turnover.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import { latestSlot, nextSlot } from '../../jobs/schedule.ts';
import { type Db, transaction } from '../../store/database/database.ts';
import { countParts } from '../../store/repositories/job-parts.ts';
import { getJobs } from '../../store/repositories/jobs.ts';
import { isWanted, putIntoOutbox } from '../../store/repositories/outbox.ts';
import { turnoverSince } from '../../store/repositories/turnover.ts';
import { takeDigestSlot } from '../../store/repositories/weekly-digests.ts';
import type { UseCaseDeps } from '../deps.ts';
import { headOfReport, type LatestPoints } from '../health-report/index.ts';
import { readSettings } from '../settings.ts';

/** The most audiences that a digest names. */
const MAX_AUDIENCES = 20;
const DAY = 24 * 3_600_000;

/**
 * Puts the digest of the present week into the outbox, unless it was there already. After a downtime, one makes up for
 * all.
 */
export async function putWeeklyDigest({ db, now }: Pick<UseCaseDeps, 'db' | 'now'>): Promise<void> {
  const { time_zone } = (await readSettings(db)).appearance;
  const slot = digestSlot(now(), time_zone ?? 'UTC');
  await transaction(db, async (tx) => {
    if (!(await takeDigestSlot(tx, slot)) || !(await isWanted(tx, 'weekly_digest'))) return;
    await putIntoOutbox(tx, await weeklyDigest(tx, slot, now()), now());
  });
}

/** The last Monday at 09:00. */
export function digestSlot(now: Date, timezone: string): Date {
  const schedule: Schedule = {
    run_frequency: 'weekly',
    day_of_week: 'monday',
    time_of_day: '09:00',
    timezone,
  };
  return latestSlot(schedule, nextSlot(schedule, new Date(now.getTime() - 8 * DAY)), now).slot;
}

/**
 * @param at the time that identifies it
 * @param known what the runs of all audiences have shown. @default reads it
 */
export async function weeklyDigest(db: Db, at: Date, now: Date, known?: LatestPoints): Promise<WeeklyDigest> {
  const { items, groups, total, counts } = await headOfReport(db, now, MAX_AUDIENCES, known);
  const jobIds = items.map(({ job_id }) => job_id);
  const splits = await splitJobsOf(db, [...jobIds, ...groups.map(({ jobId }) => jobId)]);
  const weeks = await turnoverSince(db, jobIds, new Date(now.getTime() - 7 * DAY));
  return {
    type: 'weekly_digest',
    at: at.toISOString(),
    total,
    counts,
    audiences: items.map((audience) => {
      const group = groups.find(({ worst }) => worst.facts.jobId === audience.job_id && worst.level === audience.level);
      const split = splits.get(group?.jobId ?? audience.job_id);
      if (split) return ofSplitJob(audience, split, group?.count ?? 0);
      const week = weeks.find(
        ({ jobId, delivery }) => jobId === audience.job_id && delivery === (audience.delivery ?? 1),
      );
      const last = audience.history.findLast(({ estimated_size }) => estimated_size !== null);
      return {
        job_id: audience.job_id,
        job_name: nameOf(audience),
        ad_account_id: audience.ad_account_id,
        level: audience.level,
        concerns: audience.concerns,
        members: audience.members,
        members_week_ago: audience.members_week_ago,
        estimated_size: last?.estimated_size ?? null,
        match_rate: last?.match_rate ?? null,
        ...(week && { week: inTensOf(week) }),
      };
    }),
  };
}

interface SplitJob {
  readonly id: string;
  readonly name: string;
  /** How many audiences it has. */
  readonly all: number;
}

/** Those among the jobs that split, by id. */
async function splitJobsOf(db: Db, ids: readonly string[]): Promise<Map<string, SplitJob>> {
  const jobs = (await getJobs(db, [...new Set(ids)])).filter(({ configuration }) => configuration.split);
  const counts = await countParts(
    db,
    jobs.map(({ id }) => id),
    new Map(),
  );
  return new Map(jobs.map(({ id, name }) => [id, { id, name, all: counts.get(id)?.total ?? 0 }]));
}

/** The numbers of one audience say nothing of all. */
const ofSplitJob = (
  { ad_account_id, level, concerns }: AudienceHealth,
  { id, name, all }: SplitJob,
  ofConcern: number,
): WeeklyDigest['audiences'][number] => ({
  job_id: id,
  job_name: name,
  ad_account_id,
  level,
  concerns,
  members: null,
  members_week_ago: null,
  estimated_size: null,
  match_rate: null,
  parts: { of_concern: ofConcern, all },
});

/**
 * In tens, because everybody in a channel reads it, and with the numbers of the single runs an exact sum would tell
 * those that are below ten.
 */
const inTensOf = ({ joining, leaving }: Turnover): Turnover => ({
  joining: inTens(joining ?? 0),
  leaving: inTens(leaving ?? 0),
});

/** Of a job with several audiences, the name says which one it is. */
const nameOf = ({ job_name, audience_name, identifier_type }: AudienceHealth): string =>
  identifier_type === undefined ? job_name : `${job_name} · ${audience_name ?? identifier_type}`;
