/** Histories of LY Ads with one job, in which only what a test asks for goes wrong. */
import { lyAdsPlanOf } from '../../fault-simulation/world/ly-ads-plan.ts';
import { identifierValue, type JobPlan, type Plan } from '../../fault-simulation/world/plan.ts';
import type { LyAdsFault } from '../../fault-simulation/world/planned-faults.ts';

/** What goes wrong with one request. */
export const ordered = (kind: LyAdsFault['kind'], lyEndpoint: LyAdsFault['lyEndpoint'], nth: number): LyAdsFault => ({
  kind,
  lyEndpoint,
  nth,
  count: 1,
});

/** The first job has so many good members and no list, and sends them to a list that it makes. */
export const sized = (seed: number, size: number, change: Partial<JobPlan> = {}): Plan => {
  const plan = lyAdsPlanOf(seed);
  const members = Array.from({ length: size }, (_, n) => identifierValue('email', 0, n));
  const { schedule, key, account, memberDays = 30 } = plan.jobs[0]!;
  const job: JobPlan = {
    members,
    changes: [],
    identifier: 'email',
    audienceName: 'List 0',
    existing: null,
    account,
    key,
    schedule,
    chunkRecords: 1_000_000,
    resumable: false,
    block: 40,
    memberDays,
    ...change,
  };
  return { ...plan, jobs: [job], people: [], faults: [] };
};

/** Two identifiers of the same people go into one list. */
export const shared = (seed: number, faults: readonly LyAdsFault[]): Plan => ({
  ...sized(seed, 120, {
    siblings: [
      {
        identifier: 'phone',
        members: Array.from({ length: 120 }, (_, n) => identifierValue('phone', 0, n)),
        changes: [],
        audienceName: 'List 0 sibling',
        existing: null,
        shares: true,
      },
    ],
  }),
  faults,
});

/** LY takes a second list with the name of another one. */
export const withEqualNames = (plan: Plan): Plan => ({
  ...plan,
  lyAds: { ...plan.lyAds!, openPoints: { ...plan.lyAds!.openPoints, duplicateNames: 'allow' } },
});

/** Four jobs of one application want more requests than LY allows, and one request is refused as one too many. */
export const crowded = (seed: number): Plan => {
  const plan = sized(seed, 120, { existing: 0, account: '1011', key: 0, schedule: null });
  const jobs = [0, 1, 2, 3].map((n) => ({ ...plan.jobs[0]!, audienceName: `List ${n}` }));
  const faults = [ordered('ly_too_many', 'lists', 4 + (seed % 12))];
  return { ...plan, workers: 2, jobs, pace: { ...plan.pace, concurrency: 4 }, faults };
};

/** A person runs the job a second time, and in the end all have left who came before. */
export const again = (plan: Plan): Plan => ({
  ...plan,
  people: [{ afterMs: 60_000, job: 0, action: 'run_now' }],
  lyAds: { ...plan.lyAds!, ages: true },
});
