/** What a seed decides of split jobs: which column divides the members, and how its values change. */
import { Random } from '../engine/random.ts';
import {
  fieldName,
  type Identifier,
  identifierValue,
  type JobPlan,
  type LeftOutPlan,
  type PersonAct,
  type Plan,
  type SiblingPlan,
  type Values,
} from './plan.ts';
import type { FieldPlan } from './source.ts';

const SECOND = 1_000;

const VALUES = ['north', 'south', 'east', 'west', 'up', 'down', 'in', 'out'];

/** In few histories. */
export function withSplit(plan: Plan): Plan {
  const random = new Random(plan.seed, 'split');
  return random.chance(0.06) ? splitting(plan, random) : plan;
}

/** What a split job of each destination has. */
interface Kind {
  readonly identifier: Identifier;
  readonly further: Pick<SiblingPlan, 'identifier' | 'ifaFormat' | 'shares'>;
  readonly members: readonly [from: number, to: number];
  readonly values: readonly [from: number, to: number];
}

function kindOf({ lyAds, officialAccount, seed }: Plan): Kind {
  // A file needs a hundred rows.
  if (lyAds)
    return {
      identifier: 'email',
      further: { identifier: 'phone', ...(seed % 2 === 0 && { shares: true }) },
      members: [230, 300],
      values: [2, 3],
    };
  const usual = { members: [6, 30], values: [3, VALUES.length] } as const;
  return officialAccount
    ? { ...usual, identifier: 'line_user_id', further: { identifier: 'ifa', ifaFormat: 'raw' } }
    : { ...usual, identifier: 'email', further: { identifier: 'ifa' } };
}

/** The first job is divided. Members move between values, and values vanish and come back. */
export function splitting(plan: Plan, random: Random): Plan {
  const { identifier, further, members, values } = kindOf(plan);
  const size = random.between(...members);
  const names = VALUES.slice(0, random.between(...values));
  const valuesFor = (type: Identifier, own: number) => changing((scan) => membersOf(type, own, scan, size));
  const column = changing(() => {
    const present = names.filter(() => random.chance(0.7));
    return Array.from({ length: size }, () => random.pick(['', ' ', ...present, ...present, names[0]!]));
  });
  const [first] = plan.jobs;
  const job: JobPlan = {
    ...first!,
    ...valuesFor(identifier, 0),
    identifier,
    ifaFormat: undefined,
    ifaKind: undefined,
    split: { ...column, onRefusal: 'one', isList: false },
    siblings: undefined,
    leftOut: undefined,
    alerts: undefined,
    existing: null,
    after: undefined,
    webhooks: undefined,
    chunkRecords: plan.lyAds ? first!.chunkRecords : 4,
  };
  const sibling = { ...further, ...valuesFor(further.identifier, 7), audienceName: 'Ids of {value}', existing: null };
  return withMore({ ...plan, jobs: [job] }, names, sibling);
}

const SCANS = [2, 3, 4];

/** Other values from each of some scans on. @param valuesAt those of a scan; 0: the first ones */
function changing(valuesAt: (scan: number) => readonly string[]): Values {
  const versions = SCANS.map((scan) => ({ scan, members: valuesAt(scan) }));
  return { members: valuesAt(0), changes: versions };
}

const membersOf = (identifier: Identifier, own: number, from: number, size: number): string[] =>
  Array.from({ length: size }, (_, n) => identifierValue(identifier, own, from + n));

/** In some: a list of values for each member, another identifier, lists, a rule, and what people do with parts. */
function withMore(plan: Plan, names: readonly string[], sibling: SiblingPlan): Plan {
  const random = new Random(plan.seed, 'more of a split');
  const job = plan.jobs[0]!;
  const split = job.split!;
  const listed = (values: readonly string[]) =>
    values.map((value) => (random.chance(0.5) ? [value, random.pick(names), value].join('|') : value));
  const isList = random.chance(0.3);
  const leftOut = random.chance(0.4) ? leftOutOf(random, job) : undefined;
  const siblings = random.chance(0.3) ? [sibling] : undefined;
  return {
    ...plan,
    jobs: [
      {
        ...job,
        split: { ...(isList ? mapped(split, listed) : split), isList, onRefusal: random.pick(['one', 'one', 'all']) },
        leftOut,
        siblings,
        alerts: random.chance(0.2) ? { size_change: { action: 'stop', percent: 50, runs: 2 } } : undefined,
      },
    ],
    people: [...plan.people, ...furtherActs(random)].toSorted((a, b) => a.afterMs - b.afterMs),
  };
}

const mapped = ({ members, changes }: Values, map: (values: readonly string[]) => string[]): Values => ({
  members: map(members),
  changes: changes.map((change) => ({ ...change, members: map(change.members) })),
});

function leftOutOf(random: Random, { members, identifier }: JobPlan): LeftOutPlan {
  const list = () => [identifierValue(identifier, 0, 999), ...members.filter(() => random.chance(0.15))];
  return {
    members: list(),
    changes: random.chance(0.3) ? [{ scan: random.between(2, 6), members: list() }] : [],
    breaks: [],
    holdOut: random.chance(0.3) ? 30 : null,
  };
}

const ACTIONS: readonly PersonAct['action'][] = [
  'run_now',
  'run_now',
  'pause',
  'resume',
  'restart',
  'stop_run',
  'continue',
  'edit',
  'edit',
  'run_anyway',
  'terminate',
  'delete',
];

/** Further scans, and acts on parts, whose numbers follow those of the jobs of the plan. */
const furtherActs = (random: Random): PersonAct[] => [
  ...Array.from({ length: random.pick([0, 1, 2, 4]) }, () => ({
    afterMs: random.between(20, 400) * SECOND,
    job: random.between(1, 4),
    action: random.pick(ACTIONS),
  })),
  ...Array.from({ length: random.pick([0, 1, 2, 3]) }, () => ({
    afterMs: random.between(30, 600) * SECOND,
    job: 0,
    action: random.pick(['run_now', 'run_now', 'run_now', 'edit'] as const),
  })),
];

/** The field whose values divide the members. */
export const COLUMN = fieldName(1);

/** The field of the nth identifier of a job, from 0. That of the column comes after the first one. */
export const identifierField = (n: number, split: JobPlan['split']): string => fieldName(n === 0 || !split ? n : n + 1);

/** The fields of the source of a job: those of its identifiers, and then the column. */
export const fieldsOf = (job: Pick<JobPlan, 'members' | 'changes' | 'siblings' | 'split'>): FieldPlan[] => [
  ...[job, ...(job.siblings ?? [])].map(({ members, changes }, n) => ({
    members,
    changes,
    name: identifierField(n, job.split),
  })),
  ...(job.split ? [{ ...job.split, name: COLUMN }] : []),
];

/** The plan of a part, whose file has these rows. */
export const partOf = (job: JobPlan, rows: readonly (readonly string[])[]): JobPlan => ({
  ...job,
  split: undefined,
  schedule: null,
  members: rows.map(([value = '']) => value),
  changes: [],
  siblings: job.siblings?.map((sibling, n) => ({
    ...sibling,
    members: rows.map((row) => row[n + 1] ?? ''),
    changes: [],
  })),
});

/** The rows that the part of each value gets of a version of the source, and how many of the source have no value. */
export function dividedOf(job: JobPlan, version: number): Divided {
  const [first, ...others] = [job, ...(job.siblings ?? []), job.split!].map(
    ({ members, changes }) => changes[version]?.members ?? members,
  );
  const column = others.pop()!;
  const parts = new Map<string, string[][]>();
  let without = 0;
  for (const [n, member] of first!.entries()) {
    const texts = job.split?.isList ? (column[n] ?? '').split('|') : [column[n] ?? ''];
    const values = new Set(texts.map((value) => value.trim()).filter((value) => value !== ''));
    if (values.size === 0) without += 1;
    const row = [member, ...others.map((further) => further[n] ?? '')];
    for (const value of values) parts.set(value, [...(parts.get(value) ?? []), row]);
  }
  return { rows: first!.length, without, parts };
}

export interface Divided {
  readonly rows: number;
  readonly without: number;
  readonly parts: ReadonlyMap<string, readonly (readonly string[])[]>;
}
