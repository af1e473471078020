/**
 * What a seed decides of a history of the command line: what is exported, what the people at their terminals do, and
 * what breaks.
 */
import { Random } from '../engine/random.ts';
import {
  type Extent,
  extentOf,
  type JobPlan,
  jobOf,
  type LinePlan,
  STARTS,
  withList,
  withSiblings,
} from '../world/plan.ts';
import {
  type CommonFault,
  commonFaultOf,
  type Fault as FaultOfService,
  outerFaultKinds,
  type When,
  whenOf,
} from '../world/planned-faults.ts';

export interface CommandLinePlan {
  readonly kind: 'command line';
  readonly seed: number;
  /** Wall time at the beginning, ISO 8601. */
  readonly start: string;
  /** What is exported. */
  readonly jobs: readonly ExportPlan[];
  readonly line: LinePlan;
  readonly pollIntervalMs: number;
  /** Habits of the people, one each. What is not there, nobody does. */
  readonly people: readonly Habit[];
  readonly faults: readonly Fault[];
}

export interface ExportPlan extends Omit<JobPlan, 'schedule'> {
  /** When the first command is given. */
  readonly afterMs: number;
  /** Whether it goes to the audience of the first export. */
  readonly sharesAudience: boolean;
}

/** What the people do with the nth command of an export, instead of continuing its newest run. */
export interface Habit {
  readonly job: number;
  readonly command: number;
  /**
   * `anew`: they start it anew · `twice`: they start the command twice at the same time · `older`: they continue an
   * older run · `allow`: they allow what the guard refuses, from this command on
   */
  readonly what: 'anew' | 'twice' | 'older' | 'allow';
}

export type Fault =
  /** A process is killed, or gets Ctrl-C. */
  | { readonly kind: 'kill' | 'interrupt'; readonly when: When }
  /** The machine loses its power, and what was not synced to its disk. */
  | { readonly kind: 'power_loss'; readonly when: When; readonly downMs: number }
  /** The machine is gone with its disk. The people go on at another one, without its files. */
  | { readonly kind: 'machine_lost'; readonly when: When; readonly downMs: number }
  /** All processes of the machine stand still. */
  | { readonly kind: 'freeze'; readonly when: When; readonly forMs: number }
  /** Somebody has removed the staged files. */
  | { readonly kind: 'staged_lost'; readonly when: When }
  | Extract<FaultOfService, { kind: 'key_revoked' }>
  | CommonFault;

const faultKinds: readonly Fault['kind'][] = [
  'kill',
  'kill',
  'interrupt',
  'power_loss',
  'power_loss',
  'power_loss',
  'machine_lost',
  'freeze',
  'staged_lost',
  'clock',
  'disk_full',
  'disk_full',
  ...outerFaultKinds,
];

const SECOND = 1_000;

export function commandLinePlanOf(seed: number): CommandLinePlan {
  const random = new Random(seed, 'command line');
  const extent = extentOf(seed);
  const count = random.pick([1, 1, 2, 2]);
  const start = random.pick(STARTS);
  const jobs = Array.from({ length: count }, (_, n) => exportOf(random, extent, n, new Date(start)));
  return {
    kind: 'command line',
    seed,
    start,
    jobs: jobs
      .map((job) =>
        job.sharesAudience
          ? {
              ...job,
              identifier: jobs[0]!.identifier,
              account: jobs[0]!.account,
              existing: jobs[0]!.existing,
            }
          : job,
      )
      .map((job, n) => withList(seed, job, n))
      // Exports to the same audience have none, because their siblings would need the same ones, too.
      .map((job, n, all) => (all.some((other) => other.sharesAudience) ? job : withSiblings(seed, job, n))),
    line: {
      jobMs: random.pick(extent.jobSeconds) * SECOND,
      appearsAfterMs: random.chance(0.2) ? random.pick([1, 8]) * SECOND : 0,
    },
    pollIntervalMs: 5 * SECOND,
    people: Array.from({ length: random.pick([0, 1, 2, 3]) }, () => ({
      job: random.between(0, count - 1),
      command: random.between(0, 3),
      what: random.pick(['anew', 'twice', 'older', 'allow'] as const),
    })),
    faults: Array.from({ length: random.pick(extent.faults) }, () => faultOf(random, count)),
  };
}

function exportOf(random: Random, extent: Extent, n: number, start: Date): ExportPlan {
  const { schedule: _, ...job } = jobOf(random, extent, n, start);
  return {
    ...job,
    // One person has one access key.
    key: 0,
    afterMs: n === 0 ? 0 : random.pick([0, 1, 10, 60]) * SECOND + random.between(0, 999),
    sharesAudience: n > 0 && random.chance(0.7),
  };
}

function faultOf(random: Random, jobs: number): Fault {
  const kind = random.pick(faultKinds);
  const when = whenOf(random);
  const job = random.between(0, jobs - 1);
  switch (kind) {
    case 'kill':
    case 'interrupt':
    case 'staged_lost':
      return { kind, when };
    case 'power_loss':
      return { kind, when, downMs: random.pick([20, 60, 600]) * SECOND };
    case 'machine_lost':
      // Long enough for LINE to list what was on its way: no file tells the other machine of it.
      return { kind, when, downMs: random.pick([60, 600]) * SECOND };
    case 'freeze':
      return { kind, when, forMs: random.pick([1, 15, 31, 45, 120, 900]) * SECOND };
    case 'key_revoked':
      return { kind, when, key: 0, forMs: random.pick([10, 600, 4_000]) * SECOND };
    default:
      return commonFaultOf(random, kind, when, job);
  }
}
