/** What a seed decides of a history of LY Ads: its lists, their members, what people do, and what breaks. */
import { Random } from '../engine/random.ts';
import { leftOutOf, listOf, scheduleOf } from './append-plan.ts';
import {
  actsAtSlots,
  actsOf,
  clocksOf,
  extentOf,
  type Identifier,
  type JobPlan,
  type LyAdsPlan,
  lateContinues,
  membersOf,
  type Plan,
  type SiblingPlan,
  STARTS,
  unscheduled,
  withAlerts,
} from './plan.ts';
import {
  type Fault,
  firstFaultOf,
  type LyAdsEvent,
  type LyAdsFault,
  lyAdsFaultKinds,
  sourcesAway,
  upgrades,
  whenOf,
} from './planned-faults.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** A file needs a hundred rows. Some sources have fewer people, or just as many. */
const SIZES = [0, 60, 108, 130, 130, 150, 150, 150];

export function lyAdsPlanOf(seed: number): Plan {
  const random = new Random(seed, 'ly ads');
  const extent = extentOf(seed);
  const start = random.pick(STARTS);
  const count = random.pick(extent.jobs);
  const jobs = Array.from({ length: count }, (_, n) =>
    withAlerts(seed, jobOf(random, n, new Date(start), extent.scheduled), n),
  );
  const people = [
    ...actsOf(random, count),
    ...actsAtSlots(new Random(seed, 'slots'), jobs),
    ...lateContinues(new Random(seed, 'continues'), count),
    ...unscheduled(new Random(seed, 'unscheduled'), jobs),
  ];
  return {
    seed,
    start,
    workers: random.pick(extent.workers),
    clocks: clocksOf(new Random(seed, 'clocks')),
    isFineGrained: new Random(seed, 'grain').chance(0.1),
    jobs,
    line: { jobMs: 0, appearsAfterMs: 0 },
    pace: {
      leaseMs: 30 * SECOND,
      lookEveryMs: random.pick([15, 60]) * SECOND,
      pollIntervalMs: random.pick([5, 10]) * SECOND,
      concurrency: random.pick([1, 2, 4]),
    },
    people: people.toSorted((a, b) => a.afterMs - b.afterMs),
    faults: [
      ...Array.from({ length: random.pick(extent.faults) }, () => faultOf(random, count)),
      ...upgrades(new Random(seed, 'upgrades')),
      ...sourcesAway(new Random(seed, 'sources away'), count),
    ],
    endsWithRuns: random.chance(0.15),
    lyAds: atLyAds(new Random(seed, 'at ly ads'), jobs),
  };
}

const atLyAds = (random: Random, jobs: readonly JobPlan[]): LyAdsPlan => ({
  jobMs: random.pick([0, 1, 5, 20]) * SECOND,
  tokenMs: random.pick([3_600, 3_600, 120, 20]) * SECOND,
  openPoints: {
    refreshToken: random.pick(['kept', 'kept', 'renewed']),
    expiredToken: random.pick(['0111', '0114']),
    tokenErrors: random.pick(['json', 'text']),
    duplicateNames: random.pick(['refuse', 'allow']),
    errorLevel: random.pick(['request', 'value']),
    absentProperties: random.pick(['null', 'omit']),
    firstReach: random.pick(['null', 'zero']),
    listIds: random.pick(['short', 'largest']),
  },
  // The longest gap that members can outlive, or just not.
  slots: Array.from({ length: random.pick([1, 1, 2, 3]) }, () => ({
    lateDays: random.chance(0.2) ? random.pick([1, 2, Math.max(...jobs.map(({ memberDays = 1 }) => memberDays))]) : 0,
  })),
  ages: random.chance(0.3),
});

function jobOf(random: Random, index: number, start: Date, scheduled: number): JobPlan {
  const [identifier, further] = random.pick<readonly [Identifier, (Identifier | 'own')?]>([
    ['email'],
    ['email', 'phone'],
    ['email', 'phone'],
    ['phone', 'email'],
    ['phone'],
    ['ifa'],
    ['email', 'own'],
  ]);
  const size = random.pick(SIZES);
  const members = membersOf(random, identifier, index, size);
  const changes = random.chance(0.35)
    ? [
        {
          scan: random.between(2, 3),
          members: membersOf(random, identifier, index, random.pick([0, 100, size, size + 8])),
        },
      ]
    : [];
  const leftOut = leftOutOf(random, identifier, index, members);
  const schedule = random.chance(scheduled) ? scheduleOf(random, start) : null;
  const job: JobPlan = {
    members,
    changes,
    identifier,
    ...ofIdentifier(random, identifier),
    audienceName: `List ${random.chance(0.1) ? 0 : index}`,
    existing: random.chance(0.35) ? random.pick([0, 3, 120]) : null,
    account: random.pick(['1011', '1011', '1012']),
    key: random.between(0, 1),
    schedule,
    // One file takes all of them.
    chunkRecords: 1_000_000,
    resumable: random.chance(0.4),
    block: 40,
    memberDays: schedule === null ? random.pick([1, 30, 180]) : random.pick(daysFor[schedule.frequency]),
    leftOut,
  };
  return further === undefined ? job : { ...job, siblings: [siblingOf(random, job, index, further)] };
}

/** Also fewer days than the longest gap of the schedule: then a list runs empty, and fills again. */
const daysFor = { daily: [1, 4, 30], weekly: [6, 10, 90], monthly: [30, 34, 180] } as const;

const ofIdentifier = (random: Random, identifier: Identifier) =>
  identifier === 'ifa' ? { ifaFormat: 'raw' as const, ifaKind: random.pick(['idfa', 'aaid'] as const) } : {};

/** Another identifier of the same people: for the same list, or for one of its own. */
function siblingOf(random: Random, job: JobPlan, index: number, further: Identifier | 'own'): SiblingPlan {
  const identifier = further === 'own' ? 'phone' : further;
  const own = 10 * (index + 1) + 1;
  const valuesFor = (size: number) => membersOf(random, identifier, own, size);
  const members = valuesFor(job.members.length);
  const list = () => listOf(random, identifier, own, members);
  return {
    identifier,
    members,
    changes: job.changes.map(({ scan, members: { length } }) => ({ scan, members: valuesFor(length) })),
    audienceName: `List ${index} sibling`,
    existing: null,
    ...(further !== 'own' && { shares: true as const }),
    ...(job.leftOut &&
      random.chance(0.8) && {
        list: { members: list(), changes: job.leftOut.changes.map(({ scan }) => ({ scan, members: list() })) },
      }),
  };
}

/** Those of the processes, more often those of LY. */
const usualKinds = [
  'kill',
  'kill',
  'freeze',
  'restart',
  'clock',
  'database_away',
  'database_slow',
  'commit_lost',
  'disk_full',
  'disk_lost',
  'source_breaks',
  'audience_deleted',
  'audience_renamed',
] as const;

const eventKinds = ['tokens_expired', 'tokens_deleted', 'connection_stopped', 'uploaded_elsewhere'] as const;

function faultOf(random: Random, jobs: number): Fault {
  const share = random.next();
  if (share < 0.4) return firstFaultOf(random, random.pick(usualKinds), jobs);
  return share < 0.55 ? eventOf(random, jobs) : requestFaultOf(random);
}

function eventOf(random: Random, jobs: number): LyAdsEvent {
  const kind = random.pick(eventKinds);
  const when = whenOf(random);
  const key = random.between(0, 1);
  const job = random.between(0, jobs - 1);
  switch (kind) {
    case 'tokens_expired':
      return { kind, when, key };
    case 'tokens_deleted':
      return { kind, when, key, forMs: random.pick([20, 120, 900]) * SECOND };
    case 'connection_stopped':
      return { kind, when, job, forMs: random.pick([60, 900, DAY / SECOND]) * SECOND };
    case 'uploaded_elsewhere':
      return { kind, when, job };
  }
}

function requestFaultOf(random: Random): LyAdsFault {
  const kind = random.pick(lyAdsFaultKinds);
  const isOfUploads = kind.startsWith('ly_job_');
  return {
    kind,
    lyEndpoint: isOfUploads
      ? 'upload'
      : random.pick(['upload', 'upload', 'upload', 'upload-status', 'lists', 'add', 'add', 'token'] as const),
    nth: random.pick([1, 1, 1, 2, 2, 3, 5, 8]),
    count: random.pick([1, 1, 1, 2, 4]),
  };
}
