/**
 * What a seed decides: the world of a history, what people do in it, and what breaks. A plan is plain data, so that a
 * failing history can be made smaller by leaving things out (shrink.ts). The order of events is not in it; the timeline
 * draws that.
 */
import type { z } from 'zod';
import type { JobAction } from '../../src/contracts/jobs.ts';
import type { resultRules } from '../../src/domain/alerts/alerts.ts';
import { Random } from '../engine/random.ts';
import { databaseRestarts, type Fault, faultOf, sourcesAway, upgrades } from './planned-faults.ts';

export interface Plan {
  readonly seed: number;
  /** Wall time at the beginning, ISO 8601. */
  readonly start: string;
  readonly workers: number;
  /**
   * How far the clocks of the machines are from the right time: of the nth one, in milliseconds. Missing: all show the
   * right time, as in plans of histories that were found before they differed.
   */
  readonly clocks?: readonly number[] | undefined;
  /** Whether other processes may act between two statements of a transaction. */
  readonly isFineGrained: boolean;
  readonly jobs: readonly JobPlan[];
  readonly line: LinePlan;
  readonly pace: PacePlan;
  readonly people: readonly PersonAct[];
  readonly faults: readonly Fault[];
  /** Whether each job runs once more in the end, also when LINE holds its members already. */
  readonly endsWithRuns: boolean;
  /** Whether fingerprints of members are kept, in a directory of all machines or in one of each. @default none */
  readonly fingerprints?: 'shared' | 'apart' | undefined;
  /** Without one of these, its jobs export to LINE Ads. */
  readonly lyAds?: LyAdsPlan | undefined;
  readonly officialAccount?: OfficialAccountPlan | undefined;
}

export interface JobPlan {
  /** The values of the source, each of one member. Some are hostile. */
  readonly members: readonly string[];
  /** What the source holds from its nth scan on. */
  readonly changes: readonly { readonly scan: number; readonly members: readonly string[] }[];
  readonly identifier: Identifier;
  /** Of advertising ids. @default hashed */
  readonly ifaFormat?: 'raw' | undefined;
  /** The name of the audience that it creates. Another job may want the same. */
  readonly audienceName: string;
  /** Members of the audience that is there before; null when the job creates its audience. */
  readonly existing: number | null;
  /** How old that audience is. @default 0 */
  readonly ageDays?: number | undefined;
  readonly account: string;
  /** Which of the keys. */
  readonly key: number;
  readonly schedule: {
    readonly frequency: 'daily' | 'weekly' | 'monthly';
    readonly time: string;
    readonly zone: string;
    /** After how much time its first slot comes, if that is soon. */
    readonly soonMs?: number;
  } | null;
  /** It runs when this job has succeeded, an earlier one. Missing: it runs by its schedule. */
  readonly after?: number | undefined;
  /** The values of the column that divides its members. Missing: it is not divided. */
  readonly split?: SplitPlan | undefined;
  /** It runs when these come. Missing: it waits for none. */
  readonly webhooks?: readonly WebhookPlan[] | undefined;
  /** It runs when its source has changed, as looks tell. Missing: nobody looks. */
  readonly looks?: LooksPlan | undefined;
  /** Records of a chunk. */
  readonly chunkRecords: number;
  /** Whether a scan can go on in the middle. */
  readonly resumable: boolean;
  /** How many values a scan gives at once. @default 5 */
  readonly block?: number | undefined;
  /** Who is left out. Missing in plans of histories that were found before there were lists. */
  readonly leftOut?: LeftOutPlan | undefined;
  /** How many days a member stays in a list of LY Ads. */
  readonly memberDays?: number | undefined;
  /** Which advertising ids it has, for LY Ads. */
  readonly ifaKind?: 'idfa' | 'aaid' | undefined;
  /** Its alert rules. Missing in plans of histories that were found before there were some. */
  readonly alerts?: AlertRulesPlan | undefined;
  /** Further identifiers of the same members. Missing in plans of histories that were found before there were some. */
  readonly siblings?: readonly SiblingPlan[] | undefined;
}

/** A value for each member, which may be empty. In a list, bars stand between the values of a member. */
export interface SplitPlan extends Values {
  readonly isList: boolean;
  readonly onRefusal: 'one' | 'all';
}

/** What changes where a job looks, what happens at a look, and which looks fail. */
export interface LooksPlan {
  readonly kind: 'object' | 'column' | 'query' | 'metadata';
  readonly atMostEveryMinutes: number;
  /** Whether nothing is there in the beginning. */
  readonly isEmpty: boolean;
  /** `back`: an object is deleted, or a table has an older value again. */
  readonly changes: readonly { readonly afterMs: number; readonly change: 'new' | 'back' }[];
  /**
   * What happens as soon as the nth look has found something, while its answer is on the way, or as soon as the nth
   * scan has begun: a change, an act of a person, or the death of the process that looks.
   */
  readonly moments: readonly (({ readonly look: number } | { readonly scan: number }) & {
    readonly event: 'new' | 'back' | 'kill' | PersonAct['action'];
  })[];
  /** Of the first looks. The answer of a slow one is old when it comes. */
  readonly answers: readonly ('good' | 'fails' | 'hangs' | 'slow')[];
}

/** A webhook, and what is lost of each of its first tries. */
export interface WebhookPlan {
  readonly afterMs: number;
  readonly lost: readonly ('request' | 'answer')[];
}

/** Values of one field, and those that it holds from the nth scan on. */
export interface Values {
  readonly members: readonly string[];
  readonly changes: readonly { readonly scan: number; readonly members: readonly string[] }[];
}

/** Whatever a member is known by. */
export type Identifier = 'email' | 'phone' | 'ifa' | 'line_user_id';

/** A further identifier: as many values as the job has members, and changes at the same scans. */
export interface SiblingPlan
  extends Values,
    Pick<JobPlan, 'ifaFormat' | 'ifaKind' | 'identifier' | 'audienceName' | 'existing'> {
  /** Whether it fills the audience of the first identifier. */
  readonly shares?: true | undefined;
  /** Its values of the suppression list, at the list's versions. Missing: the list has no field for it. */
  readonly list?: Values | undefined;
}

export interface LeftOutPlan {
  /** The values of a suppression list, which is never empty. */
  readonly members: readonly string[];
  /** What the list holds from its nth scan on. */
  readonly changes: readonly { readonly scan: number; readonly members: readonly string[] }[];
  /** Where its scans break off. */
  readonly breaks: readonly { readonly scan: number; readonly block: number }[];
  /** The share of a hold-out in percent. */
  readonly holdOut: number | null;
}

/** Rules that look at a result before it is sent. */
export type AlertRulesPlan = z.infer<typeof resultRules>;

export interface LinePlan {
  readonly jobMs: number;
  /** How long an upload stays out of the list of upload jobs. */
  readonly appearsAfterMs: number;
}

/** What a plan says of LY Ads. */
export interface LyAdsPlan {
  /** How long an upload is RECEIVING. */
  readonly jobMs: number;
  /** How long an access token lives. */
  readonly tokenMs: number;
  /** How LY may behave where its description leaves it open. */
  readonly openPoints: {
    readonly refreshToken: 'kept' | 'renewed';
    readonly expiredToken: '0111' | '0114';
    readonly tokenErrors: 'json' | 'text';
    readonly duplicateNames: 'refuse' | 'allow';
    readonly errorLevel: 'request' | 'value';
    readonly absentProperties: 'null' | 'omit';
    readonly firstReach: 'null' | 'zero';
    readonly listIds: 'short' | 'largest';
  };
  readonly slots: SlotsPlan;
  /** Whether the calendar goes on in the end until all have left the lists who came before, and each job runs again. */
  readonly ages: boolean;
}

/** To how many slots of schedules the calendar moves, and how many days late it gets to each of them. */
export type SlotsPlan = readonly { readonly lateDays: number }[];

/** What a plan says of LINE Official Account. */
export interface OfficialAccountPlan {
  /** How long an upload is QUEUED and WORKING. */
  readonly jobMs: number;
  /** How long an access token lives. */
  readonly tokenMs: number;
  /** How LINE may behave where its description leaves it open, or its reference says something else. */
  readonly openPoints: {
    readonly duplicateNames: 'allow' | 'refuse';
    readonly deleteStatus: '200' | '202';
    readonly emptyAnswers: 'nothing' | 'object';
    readonly fewestShown: number;
    readonly fewestMembers: number;
    readonly tooFew: 'in-progress' | 'failed';
    readonly whileAdding: 'in-progress' | 'ready';
    readonly jobCount: 'new' | 'sent';
    readonly jobOrder: 'none' | 'newest-first' | 'oldest-first';
    readonly listOrder: 'newest-first' | 'oldest-first';
    readonly absentProperties: 'null' | 'omit';
    readonly audienceIds: 'short' | 'largest';
    readonly agreedRate: number;
    readonly goneDays: number;
  };
  readonly slots: SlotsPlan;
}

export interface PacePlan {
  readonly leaseMs: number;
  readonly lookEveryMs: number;
  readonly pollIntervalMs: number;
  readonly concurrency: number;
}

/** What a person does, some time after the beginning. */
export interface PersonAct {
  readonly afterMs: number;
  readonly job: number;
  readonly action: JobAction | 'edit' | 'edit_schedule' | 'edit_trigger' | 'take_audience' | 'delete';
}

const SECOND = 1_000;

/** Before a change to or from daylight saving time, the end of a month, a leap day, and on an ordinary day. */
export const STARTS = [
  '2026-03-28T20:00:00Z',
  '2026-10-24T20:00:00Z',
  '2026-01-30T22:00:00Z',
  '2028-02-28T12:00:00Z',
  '2026-11-10T03:00:00Z',
];
const ZONES = ['Asia/Tokyo', 'Asia/Bangkok', 'Europe/Berlin', 'America/New_York'];

/** How much there is in a world. */
export interface Extent {
  readonly jobs: readonly number[];
  readonly workers: readonly number[];
  readonly faults: readonly number[];
  readonly members: readonly number[];
  readonly chunks: readonly number[];
  /** How often a job has a schedule. */
  readonly scheduled: number;
  /** How long LINE works on an upload, in seconds. */
  readonly jobSeconds: readonly number[];
}

const SMALL: Extent = {
  jobs: [1],
  workers: [1, 1, 2],
  faults: [0, 1, 1, 2, 2, 3],
  members: [0, 1, 2, 5, 12],
  chunks: [1, 1, 2, 2, 3],
  scheduled: 0.25,
  jobSeconds: [0, 0, 1, 5],
};
const LARGE: Extent = {
  jobs: [1, 1, 2, 2, 3],
  workers: [1, 1, 2, 3],
  faults: [1, 2, 3, 4, 6],
  members: [1, 5, 12, 30, 60],
  chunks: [1, 2, 3, 4, 6],
  scheduled: 0.5,
  jobSeconds: [0, 1, 5, 20],
};

/** Most worlds are small. Most mistakes show in a small one, and several of them take the time of a large one. */
export const extentOf = (seed: number): Extent => (new Random(seed, 'extent').chance(0.85) ? SMALL : LARGE);

export function planOf(seed: number): Plan {
  const random = new Random(seed, 'plan');
  const extent = extentOf(seed);
  const start = random.pick(STARTS);
  const first = Array.from({ length: random.pick(extent.jobs) }, (_, n) => jobOf(random, extent, n, new Date(start)));
  const drawn = withTriggers(seed, first, (other, n) => jobOf(other, extent, n, new Date(start)));
  const approvals = approvalsOf(new Random(seed, 'approvals'));
  const jobs = approvals.length > 0 ? [shrinking(drawn[0]!), ...drawn.slice(1)] : drawn;
  const people = [
    ...actsOf(random, jobs.length),
    ...actsAtSlots(new Random(seed, 'slots'), jobs),
    ...lateContinues(new Random(seed, 'continues'), jobs.length),
    ...approvals,
    ...unscheduled(new Random(seed, 'unscheduled'), jobs),
  ];
  const faults = [
    ...Array.from({ length: random.pick(extent.faults) }, () => faultOf(random, jobs.length)),
    ...databaseRestarts(new Random(seed, 'database restarts')),
    ...upgrades(new Random(seed, 'upgrades')),
    ...sourcesAway(new Random(seed, 'sources away'), jobs.length),
  ];
  return {
    seed,
    start,
    workers: random.pick(extent.workers),
    clocks: clocksOf(new Random(seed, 'clocks')),
    isFineGrained: new Random(seed, 'grain').chance(0.25),
    jobs: jobs.map((job, n) => withAlerts(seed, withSiblings(seed, withList(seed, job, n), n), n)),
    line: {
      jobMs: random.pick(extent.jobSeconds) * SECOND,
      appearsAfterMs: random.chance(0.2) ? random.pick([1, 8]) * SECOND : 0,
    },
    pace: {
      leaseMs: 30 * SECOND,
      lookEveryMs: random.pick([15, 60]) * SECOND,
      pollIntervalMs: random.pick([5, 10]) * SECOND,
      concurrency: random.pick([1, 2, 4]),
    },
    people: people.toSorted((a, b) => a.afterMs - b.afterMs),
    faults,
    endsWithRuns: new Random(seed, 'end').chance(0.15),
  };
}

/** Minutes. LINE refuses a clock that is a quarter of an hour off. */
export const clocksOf = (random: Random): Plan['clocks'] =>
  random.chance(0.2) ? Array.from({ length: 4 }, () => random.between(-10 * 60, 10 * 60) * SECOND) : undefined;

export function jobOf(random: Random, extent: Extent, index: number, start: Date): JobPlan {
  const identifier = random.chance(0.8) ? 'email' : 'ifa';
  const size = random.pick(extent.members);
  const members = membersOf(random, identifier, index, size);
  const chunks = random.pick(extent.chunks);
  const changes = random.chance(0.35)
    ? [
        {
          scan: random.between(2, 3),
          members: membersOf(random, identifier, index, random.pick([0, 3, size, size + 8])),
        },
      ]
    : [];
  return {
    members,
    changes,
    identifier,
    audienceName: `Audience ${random.chance(0.1) ? 0 : index}`,
    existing: random.chance(0.5) ? random.pick([0, 1, 5, 20, 60]) : null,
    account: random.pick(['A1', 'A1', 'A2']),
    key: random.between(0, 1),
    schedule: random.chance(extent.scheduled) ? scheduleOf(random, start) : null,
    chunkRecords: Math.max(1, Math.ceil(size / chunks)),
    resumable: random.chance(0.4),
  };
}

/** The job with a suppression list: few of the members, so that most worlds have something to send. */
export const withList = <J extends Omit<JobPlan, 'schedule'>>(seed: number, job: J, index: number): J => ({
  ...job,
  leftOut: leftOutOf(new Random(seed, `left out ${index}`), job, index),
});

function leftOutOf(
  random: Random,
  { identifier, members }: Pick<JobPlan, 'identifier' | 'members'>,
  job: number,
): LeftOutPlan {
  const stranger = identifier === 'email' ? `stranger.${RAW}${job}@example.com` : ifaOf(job, 9_999);
  const list = () => [...members.filter(() => random.chance(0.15)), stranger];
  return {
    members: list(),
    changes: random.chance(0.2) ? [{ scan: random.between(2, 3), members: list() }] : [],
    breaks: random.chance(0.1) ? [{ scan: random.between(1, 2), block: random.between(0, 2) }] : [],
    holdOut: random.chance(0.2) ? random.pick([5, 30, 50]) : null,
  };
}

/** Two of three jobs have siblings. */
export const withSiblings = <J extends Omit<JobPlan, 'schedule'>>(seed: number, job: J, index: number): J => {
  const random = new Random(seed, `siblings ${index}`);
  const count = random.pick([0, 1, 2]);
  if (count === 0) return job;
  // Without them, the suppression list has fields only for the first identifier.
  const hasLists = random.chance(0.7);
  const siblings = Array.from({ length: count }, (_, n) => siblingOf(random, job, index, n + 1, hasLists));
  return { ...job, siblings };
};

function siblingOf(
  random: Random,
  { members, changes, leftOut }: Omit<JobPlan, 'schedule'>,
  job: number,
  n: number,
  hasList: boolean,
): SiblingPlan {
  const identifier = random.pick(['email', 'ifa'] as const);
  // Other people than those of any job.
  const own = 10 * (job + 1) + n;
  const valuesFor = (size: number) => membersOf(random, identifier, own, size);
  const values = valuesFor(members.length);
  const stranger = identifier === 'email' ? `stranger.${RAW}${own}@example.com` : ifaOf(own, 9_999);
  const list = () => [...values.filter(() => random.chance(0.15)), stranger];
  return {
    identifier,
    members: values,
    changes: changes.map((change) => ({ scan: change.scan, members: valuesFor(change.members.length) })),
    audienceName: `Audience ${job} sibling ${n}`,
    existing: random.chance(0.5) ? random.pick([0, 1, 5, 20, 60]) : null,
    ...(leftOut &&
      hasList && {
        list: {
          members: list(),
          changes: leftOut.changes.map(({ scan }) => ({ scan, members: list() })),
        },
      }),
  };
}

/** In some worlds, jobs run when an earlier one has succeeded. Where there is only one, another one follows it. */
function withTriggers(
  seed: number,
  jobs: readonly JobPlan[],
  jobAt: (random: Random, n: number) => JobPlan,
): JobPlan[] {
  const random = new Random(seed, 'triggers');
  if (!random.chance(0.12)) return [...jobs];
  const all = jobs.length > 1 ? jobs : [...jobs, jobAt(random, jobs.length)];
  return all.map((job, n) => (n === 0 ? job : { ...job, schedule: null, after: random.between(0, n - 1) }));
}

/** A quarter of the jobs have alert rules, most of which stop. */
export function withAlerts(seed: number, job: JobPlan, index: number): JobPlan {
  const random = new Random(seed, `alerts ${index}`);
  if (!random.chance(0.25)) return job;
  const action = () => random.pick(['warn', 'stop', 'stop'] as const);
  const skipped_share = { action: action(), percent: random.pick([1, 10, 30]) };
  const size_change = { action: action(), percent: random.pick([10, 50, 100]), runs: random.pick([2, 3]) };
  return {
    ...job,
    alerts: random.pick([{ skipped_share }, { size_change }, { skipped_share, size_change }]),
  };
}

/** The name of the nth field of a source, from 0. */
export const fieldName = (n: number): string => (n === 0 ? 'value' : `value${n + 1}`);

/** Some slots come while the first run goes on. */
function scheduleOf(random: Random, start: Date): JobPlan['schedule'] {
  const zone = random.pick(ZONES);
  const soonMs = random.chance(0.2) ? random.between(1, 2) * 60_000 : undefined;
  const frequency = random.chance(0.8) ? 'daily' : 'monthly';
  if (soonMs === undefined) return { frequency, time: random.pick(['02:30', '09:00', '00:00', '23:59']), zone };
  return { frequency, time: timeIn(zone, new Date(start.getTime() + soonMs)), zone, soonMs };
}

const timeIn = (zone: string, at: Date): string =>
  at.toLocaleTimeString('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });

/** A text that every raw value holds, so that it is found wherever it must not be. */
export const RAW = 'zq7raw';
/** A text that every secret holds. It is sent to those alone who gave it. */
export const SECRET = 'zq7secret';
/** So begin the hexadecimal digits of every LINE user id. */
export const RAW_USER = 'c0ffee5eed';
/** What every advertising id holds. */
export const RAW_IFA = '-a77b-4000-8000-';
/** How every raw phone number begins. */
export const RAW_PHONE = '81907766';

/** Mostly good values; some twice, some with blanks or capitals, some that nobody can use. */
export function membersOf(random: Random, identifier: Identifier, job: number, size: number): string[] {
  const good = (n: number) => identifierValue(identifier, job, n);
  const hostile = [
    '',
    ' ',
    `${RAW} not an address`,
    `"${RAW}","x"\n`,
    `${RAW}@`,
    '\u0000',
    '\u{1f600}',
    `${RAW}${'x'.repeat(300)}@example.com`,
  ];
  return Array.from({ length: size }, (_, n) => {
    if (random.chance(0.08)) return random.pick(hostile);
    const value = good(random.chance(0.15) ? random.between(0, n) : n + random.pick([0, 0, 0, 100]));
    if (random.chance(0.1)) return ` ${value.toUpperCase()} `;
    return value;
  });
}

export function identifierValue(identifier: Identifier, job: number, n: number): string {
  if (identifier === 'email') return `m${n}.${RAW}${job}@example.com`;
  if (identifier === 'line_user_id')
    return `U${RAW_USER}${(job + 1).toString(16).padStart(8, '0')}${n.toString(16).padStart(14, '0')}`;
  return identifier === 'ifa' ? ifaOf(job, n) : `+${RAW_PHONE}${job % 10}${String(n).padStart(3, '0')}`;
}

const ifaOf = (job: number, n: number): string =>
  `${(job + 1).toString(16).padStart(8, '0')}${RAW_IFA}${n.toString(16).padStart(12, '0')}`;

const ACTIONS: readonly PersonAct['action'][] = [
  'pause',
  'resume',
  'run_now',
  'run_anyway',
  'stop_run',
  'continue',
  'restart',
  'pause',
  'resume',
  'edit',
  'edit',
  'edit_schedule',
  'take_audience',
  'delete',
  'terminate',
];

/** What people do one after another. By chance it would come about too rarely. */
const PLOTS: readonly (readonly PersonAct['action'][])[] = [
  ['stop_run', 'edit_schedule', 'continue'],
  ['pause', 'edit', 'resume'],
  ['stop_run', 'run_now', 'continue'],
  ['take_audience', 'run_now', 'take_audience'],
];

export function actsOf(random: Random, jobs: number): PersonAct[] {
  const plot = random.chance(0.08) ? random.pick(PLOTS) : [];
  const job = random.between(0, jobs - 1);
  const afterMs = momentOf(random);
  return [
    ...Array.from({ length: random.pick([0, 0, 1, 2, 3]) }, () => ({
      afterMs: momentOf(random),
      job: random.between(0, jobs - 1),
      action: random.pick(ACTIONS),
    })),
    ...plot.map((action, n) => ({ afterMs: afterMs + n * random.between(10, 15_000), job, action })),
  ];
}

/** What people do at the very moment at which the job wakes by itself. */
export const actsAtSlots = (random: Random, jobs: readonly JobPlan[]): PersonAct[] =>
  jobs.flatMap(({ schedule }, job) =>
    schedule?.soonMs !== undefined && random.chance(0.5)
      ? [
          {
            afterMs: schedule.soonMs,
            job,
            action: random.pick(['run_now', 'run_now', 'restart', 'edit', 'pause']),
          },
        ]
      : [],
  );

/** What people do when they find a job that has stopped half-way. */
export const lateContinues = (random: Random, jobs: number): PersonAct[] =>
  random.chance(0.15)
    ? Array.from({ length: 3 }, () => ({
        afterMs: random.between(20, 400) * SECOND,
        job: random.between(0, jobs - 1),
        action: 'continue',
      }))
    : [];

/** What people do with a result that the guard stops, while the source changes. */
const approvalsOf = (random: Random): PersonAct[] =>
  random.chance(0.08)
    ? Array.from({ length: 3 }, () => ({
        afterMs: random.between(5, 200) * SECOND,
        job: 0,
        action: 'run_anyway',
      }))
    : [];

/** A person stops a run in the middle, takes the schedule from its job, and continues the run. */
export const unscheduled = (random: Random, jobs: readonly JobPlan[]): PersonAct[] =>
  jobs.flatMap(({ schedule }, job) => {
    if (!schedule || !random.chance(0.15)) return [];
    const afterMs = random.between(1, 30) * SECOND;
    return (['stop_run', 'edit_schedule', 'continue'] as const).map((action, n) => ({
      afterMs: afterMs + n * random.between(12, 20) * SECOND,
      job,
      action,
    }));
  });

/** The job loses most of its audience, and at its next scan more. */
const shrinking = (job: JobPlan): JobPlan => ({
  ...job,
  existing: 60,
  changes: [{ scan: 2, members: job.members.slice(0, Math.floor(job.members.length / 2)) }],
});

/** Some moments are those at which slots come. */
const momentOf = (random: Random): number =>
  random.chance(0.15)
    ? random.pick([60, 120]) * SECOND
    : Math.floor(random.next() ** 2 * 80) * SECOND + random.between(0, 999);
