/** Histories of LINE Official Account with one job, in which only what a test asks for goes wrong. */
import { CHANNELS, officialAccountPlanOf } from '../../fault-simulation/world/official-account-plan.ts';
import {
  identifierValue,
  type JobPlan,
  type OfficialAccountPlan,
  type Plan,
} from '../../fault-simulation/world/plan.ts';
import type { Fault, OfficialAccountFault } from '../../fault-simulation/world/planned-faults.ts';

/** What goes wrong with one request. */
export const atLine = (
  kind: OfficialAccountFault['kind'],
  oaEndpoint: OfficialAccountFault['oaEndpoint'],
  nth: number,
): OfficialAccountFault => ({ kind, oaEndpoint, nth, count: 1 });

/** The first job has so many user ids, and sends them in so many chunks to an audience that it makes. */
export const withUsers = (
  seed: number,
  size: number,
  { chunks = 1, faults = [], ...change }: Partial<JobPlan> & { chunks?: number; faults?: readonly Fault[] } = {},
): Plan => {
  const plan = officialAccountPlanOf(seed);
  const { key, account, schedule } = plan.jobs[0]!;
  const job: JobPlan = {
    members: Array.from({ length: size }, (_, n) => identifierValue('line_user_id', 0, n)),
    changes: [],
    identifier: 'line_user_id',
    audienceName: 'Audience 0',
    existing: null,
    account,
    key,
    schedule,
    chunkRecords: Math.ceil(size / chunks),
    resumable: false,
    ...change,
  };
  return { ...plan, jobs: [job], people: [], faults };
};

/** The same, where LINE behaves so. */
export const whereLine = (plan: Plan, does: Partial<OfficialAccountPlan>): Plan => ({
  ...plan,
  officialAccount: { ...plan.officialAccount!, ...does },
});

/** LINE takes a second audience with the name of another one. */
export const withEqualNames = (plan: Plan): Plan =>
  whereLine(plan, { openPoints: { ...plan.officialAccount!.openPoints, duplicateNames: 'allow' } });

/** Eight jobs of one channel ask for their uploads more often than LINE allows, and LINE works slowly. */
export const crowded = (seed: number): Plan => {
  const plan = withUsers(seed, 4, { existing: 0, account: CHANNELS[0], key: 0, schedule: null });
  const jobs = Array.from({ length: 8 }, (_, n) => ({ ...plan.jobs[0]!, audienceName: `Audience ${n}` }));
  const pace = { ...plan.pace, pollIntervalMs: 5_000, concurrency: 8 };
  return whereLine({ ...plan, workers: 2, jobs, pace }, { jobMs: 120_000 });
};

/** The audience of the job ends tomorrow. */
export const ending = (seed: number, given: Parameters<typeof withUsers>[2] = {}): Plan =>
  withUsers(seed, 8, { existing: 5, ageDays: 179, ...given });
