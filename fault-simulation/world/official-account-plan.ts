/** What a seed decides of a history of LINE Official Account: its audiences, their members, and what breaks. */
import { Random } from '../engine/random.ts';
import { leftOutOf, listOf, scheduleOf } from './append-plan.ts';
import {
  actsAtSlots,
  actsOf,
  clocksOf,
  type Extent,
  extentOf,
  type Identifier,
  identifierValue,
  type JobPlan,
  lateContinues,
  membersOf,
  type OfficialAccountPlan,
  type Plan,
  RAW_USER,
  type SiblingPlan,
  STARTS,
  unscheduled,
  withAlerts,
} from './plan.ts';
import {
  type Fault,
  firstFaultOf,
  type OfficialAccountEvent,
  type OfficialAccountFault,
  officialAccountFaultKinds,
  sourcesAway,
  upgrades,
  whenOf,
} from './planned-faults.ts';

const SECOND = 1_000;

/** The channels of two official accounts. A job has that of its key. */
export const CHANNELS = ['1657000001', '1657000002'] as const;

export function officialAccountPlanOf(seed: number): Plan {
  const random = new Random(seed, 'official account');
  const extent = extentOf(seed);
  const start = random.pick(STARTS);
  const count = random.pick(extent.jobs);
  const jobs = Array.from({ length: count }, (_, n) =>
    withAge(seed, withAlerts(seed, jobOf(random, extent, n, new Date(start)), n), n),
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
    officialAccount: atLine(new Random(seed, 'at line'), extent),
  };
}

const atLine = (random: Random, { jobSeconds }: Extent): OfficialAccountPlan => ({
  jobMs: random.pick(jobSeconds) * SECOND,
  tokenMs: random.pick([899, 899, 120, 20]) * SECOND,
  openPoints: {
    duplicateNames: random.pick(['allow', 'refuse']),
    deleteStatus: random.pick(['200', '202']),
    emptyAnswers: random.pick(['nothing', 'object']),
    fewestShown: random.pick([0, 20, 1_000]),
    fewestMembers: random.pick([1, 50]),
    tooFew: random.pick(['in-progress', 'failed']),
    whileAdding: random.pick(['in-progress', 'ready']),
    jobCount: random.pick(['new', 'sent']),
    jobOrder: random.pick(['none', 'newest-first', 'oldest-first']),
    listOrder: random.pick(['newest-first', 'oldest-first']),
    absentProperties: random.pick(['null', 'omit']),
    audienceIds: random.pick(['short', 'largest']),
    agreedRate: random.pick([1, 0.7]),
    goneDays: random.pick([0, 30]),
  },
  slots: Array.from({ length: random.pick([1, 1, 2, 3]) }, () => ({
    lateDays: random.chance(0.15) ? random.pick([1, 30, 120]) : 0,
  })),
});

function jobOf(random: Random, extent: Extent, index: number, start: Date): JobPlan {
  const identifier = random.pick<Identifier>(['line_user_id', 'line_user_id', 'line_user_id', 'ifa']);
  const size = random.pick(extent.members);
  const changes = random.chance(0.35)
    ? [
        {
          scan: random.between(2, 3),
          members: valuesOf(random, identifier, index, random.pick([0, 3, size, size + 8])),
        },
      ]
    : [];
  const members = valuesOf(random, identifier, index, size);
  const key = random.chance(0.8) ? 0 : 1;
  const job: JobPlan = {
    members,
    changes,
    identifier,
    ...ofIdentifier(identifier),
    // Another job may want the same name, and LINE may allow both.
    audienceName: `Audience ${random.chance(0.3) ? 0 : index}`,
    existing: random.chance(0.4) ? random.pick([0, 1, 5, 20, 60]) : null,
    account: CHANNELS[key],
    key,
    schedule: random.chance(extent.scheduled) ? scheduleOf(random, start) : null,
    chunkRecords: Math.max(1, Math.ceil(size / random.pick(extent.chunks))),
    resumable: random.chance(0.4),
    leftOut: leftOutOf(random, identifier, index, members),
  };
  return random.chance(0.2) ? { ...job, siblings: [siblingOf(random, job, index)] } : job;
}

/** Some audiences end soon, after 180 days. */
const withAge = (seed: number, job: JobPlan, index: number): JobPlan => ({
  ...job,
  ageDays: new Random(seed, `age ${index}`).pick([0, 0, 100, 151, 165, 179]),
});

/** Advertising ids go as they are. */
const ofIdentifier = (identifier: Identifier) => (identifier === 'ifa' ? { ifaFormat: 'raw' as const } : {});

/** The other identifier of the same people, for an audience of its own: LINE never mixes them. */
function siblingOf(random: Random, job: JobPlan, index: number): SiblingPlan {
  const identifier = job.identifier === 'ifa' ? 'line_user_id' : 'ifa';
  const own = 10 * (index + 1) + 1;
  const valuesFor = (size: number) => valuesOf(random, identifier, own, size);
  const members = valuesFor(job.members.length);
  const list = () => listOf(random, identifier, own, members);
  return {
    identifier,
    ...ofIdentifier(identifier),
    members,
    changes: job.changes.map(({ scan, members: { length } }) => ({ scan, members: valuesFor(length) })),
    audienceName: `Audience ${index} sibling`,
    existing: random.chance(0.4) ? random.pick([0, 20]) : null,
    ...(job.leftOut &&
      random.chance(0.8) && {
        list: { members: list(), changes: job.leftOut.changes.map(({ scan }) => ({ scan, members: list() })) },
      }),
  };
}

/** One of these in a file, and LINE refuses the whole file. */
const malformed = (job: number): readonly string[] => [
  `${RAW_USER}5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5e`,
  `U${RAW_USER}00000000000000000000${job % 10}`,
  identifierValue('line_user_id', job, 7).slice(1),
  identifierValue('line_user_id', job, 8).toUpperCase(),
  identifierValue('ifa', job, 9).replaceAll('-', ''),
  `C${identifierValue('line_user_id', job, 10).slice(1)}`,
];

/** Also such as look almost right. */
const valuesOf = (random: Random, identifier: Identifier, job: number, size: number): string[] =>
  membersOf(random, identifier, job, size).map((value) => (random.chance(0.06) ? random.pick(malformed(job)) : value));

/** Those of the processes, more often those of LINE. */
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

const eventKinds = [
  'tokens_expired',
  'audience_expired',
  'uploads_elsewhere',
  'uploads_elsewhere',
  'name_used',
  'channel_full',
] as const;

function faultOf(random: Random, jobs: number): Fault {
  const share = random.next();
  if (share < 0.4) return firstFaultOf(random, random.pick(usualKinds), jobs);
  return share < 0.52 ? eventOf(random, jobs) : requestFaultOf(random);
}

function eventOf(random: Random, jobs: number): OfficialAccountEvent | Extract<Fault, { kind: 'tokens_expired' }> {
  const kind = random.pick(eventKinds);
  const when = whenOf(random);
  const key = random.between(0, 1);
  const job = random.between(0, jobs - 1);
  switch (kind) {
    case 'tokens_expired':
      return { kind, when, key };
    case 'audience_expired':
    case 'name_used':
      return { kind, when, job };
    case 'uploads_elsewhere':
      return { kind, when, job, count: random.pick([1, 1, 3, 60]) };
    case 'channel_full':
      return { kind, when, key, forMs: random.pick([20, 120, 3_600]) * SECOND };
  }
}

function requestFaultOf(random: Random): OfficialAccountFault {
  const kind = random.pick(officialAccountFaultKinds);
  const isOfUploads = kind.startsWith('oa_job_');
  return {
    kind,
    oaEndpoint: isOfUploads
      ? random.pick(['create', 'add', 'add'] as const)
      : random.pick(['create', 'create', 'add', 'add', 'add', 'get', 'get', 'list', 'token'] as const),
    nth: random.pick([1, 1, 1, 2, 2, 3, 5, 8]),
    count: random.pick([1, 1, 1, 2, 4]),
  };
}
