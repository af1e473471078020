/** What a seed decides of split jobs: which column divides the members, and how its values change. */
import { Random } from '../engine/random.ts';
import { identifierValue, type JobPlan, type Plan } from './plan.ts';

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
  const members = (from: number) => Array.from({ length: size }, (_, n) => identifierValue('email', 0, from + n));
  const values = () => {
    const present = names.filter(() => random.chance(0.7));
    return Array.from({ length: size }, () => random.pick(['', ' ', ...present, ...present, names[0]!]));
  };
  const versions = [2, 3, 4].map((scan) => ({ scan, members: members(scan), column: values() }));
  const [first] = plan.jobs;
  const job: JobPlan = {
    ...first!,
    identifier: 'email',
    ifaFormat: undefined,
    members: members(0),
    changes: versions.map(({ scan, members: all }) => ({ scan, members: all })),
    split: {
      onRefusal: 'one',
      members: values(),
      changes: versions.map(({ scan, column }) => ({ scan, members: column })),
    },
    siblings: undefined,
    leftOut: undefined,
    alerts: undefined,
    existing: null,
    after: undefined,
    webhooks: undefined,
    chunkRecords: 4,
  };
  return { ...plan, jobs: [job] };
}
