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

/** Those are played on PGlite, too, where a part cannot have a file that is in memory alone. */
const ON_PGLITE = 1_000;

/** In few histories. */
export function withSplit(plan: Plan): Plan {
  const random = new Random(plan.seed, 'split');
  return random.chance(0.06) && plan.seed % ON_PGLITE > 0 ? splitting(plan, random) : plan;
}

/** The first job is divided. Members move between values, and values vanish and come back. */
export function splitting(plan: Plan, random: Random): Plan {
  const size = random.between(6, 30);
  const names = VALUES.slice(0, random.between(3, VALUES.length));
  const valuesFor = (identifier: Identifier, own: number) => changing((scan) => membersOf(identifier, own, scan, size));
  const column = changing(() => {
    const present = names.filter(() => random.chance(0.7));
    return Array.from({ length: size }, () => random.pick(['', ' ', ...present, ...present, names[0]!]));
  });
  const [first] = plan.jobs;
  const job: JobPlan = {
    ...first!,
    ...valuesFor('email', 0),
    identifier: 'email',
    ifaFormat: undefined,
    split: { ...column, onRefusal: 'one', isList: false },
    siblings: undefined,
    leftOut: undefined,
    alerts: undefined,
    existing: null,
    after: undefined,
    webhooks: undefined,
    chunkRecords: 4,
  };
  return withMore({ ...plan, jobs: [job] }, names, valuesFor);
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
function withMore(
  plan: Plan,
  names: readonly string[],
  valuesFor: (identifier: Identifier, own: number) => Values,
): Plan {
  const random = new Random(plan.seed, 'more of a split');
  const job = plan.jobs[0]!;
  const split = job.split!;
  const listed = (values: readonly string[]) =>
    values.map((value) => (random.chance(0.5) ? [value, random.pick(names), value].join('|') : value));
  const isList = random.chance(0.3);
  const leftOut = random.chance(0.4) ? leftOutOf(random, job) : undefined;
  const sibling: SiblingPlan | undefined = random.chance(0.3)
    ? { ...valuesFor('ifa', 7), identifier: 'ifa', audienceName: 'Ids of {value}', existing: null }
    : undefined;
  return {
    ...plan,
    jobs: [
      {
        ...job,
        split: { ...(isList ? mapped(split, listed) : split), isList, onRefusal: random.pick(['one', 'one', 'all']) },
        leftOut,
        siblings: sibling && [sibling],
        alerts: random.chance(0.2) ? { size_change: { action: 'stop', percent: 50, runs: 2 } } : undefined,
      },
    ],
    people: [...plan.people, ...actsOnParts(random)].toSorted((a, b) => a.afterMs - b.afterMs),
  };
}

const mapped = ({ members, changes }: Values, map: (values: readonly string[]) => string[]): Values => ({
  members: map(members),
  changes: changes.map((change) => ({ ...change, members: map(change.members) })),
});

function leftOutOf(random: Random, { members }: JobPlan): LeftOutPlan {
  const list = () => [identifierValue('email', 0, 999), ...members.filter(() => random.chance(0.15))];
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

/** The numbers of parts follow those of the jobs of the plan. */
const actsOnParts = (random: Random): PersonAct[] =>
  Array.from({ length: random.pick([0, 1, 2, 4]) }, () => ({
    afterMs: random.between(20, 400) * SECOND,
    job: random.between(1, 4),
    action: random.pick(ACTIONS),
  }));

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
