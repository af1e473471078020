/** What a seed decides of looks: which job waits for its source, when that changes, and what happens at a look. */
import { Random } from '../engine/random.ts';
import { type Identifier, identifierValue, type LooksPlan, type PersonAct, type Plan, type Values } from './plan.ts';
import type { Fault } from './planned-faults.ts';

const SECOND = 1_000;
/** How many different members a source has, one after another. */
const VERSIONS = 3;

/** In few histories, of those in which the first job waits for nothing else. */
export function withLooks(plan: Plan): Plan {
  const random = new Random(plan.seed, 'looks');
  const { webhooks, split } = plan.jobs[0]!;
  return random.chance(0.055) && !webhooks && !split ? lookingAtSource(plan, random) : plan;
}

/** The first job waits for an object or a table, which changes several times. */
export function lookingAtSource(plan: Plan, random: Random): Plan {
  const [first, ...others] = plan.jobs;
  const job = {
    ...withVersions(first!, 0),
    siblings: first!.siblings?.map((sibling, n) => withVersions(sibling, 10 + n)),
    schedule: null,
    after: undefined,
    looks: looksOf(random),
  };
  const acts = Array.from(
    { length: random.pick([0, 0, 1, 2]) },
    (): PersonAct => ({ afterMs: random.between(30, 400) * SECOND, job: 0, action: random.pick(ACTIONS) }),
  );
  return {
    ...plan,
    jobs: [job, ...others],
    workers: Math.max(plan.workers, random.between(1, 2)),
    people: [...plan.people, ...acts].toSorted((a, b) => a.afterMs - b.afterMs),
    faults: [...plan.faults, ...Array.from({ length: random.pick([0, 1, 2]) }, () => faultOf(random))],
  };
}

const ACTIONS: readonly PersonAct['action'][] = ['run_now', 'run_now', 'pause', 'resume', 'edit_trigger', 'edit'];

/** Of its looks and scans, the first ones alone have a plan. */
function looksOf(random: Random): LooksPlan {
  const isLate = random.chance(0.5);
  return {
    kind: random.pick(['object', 'object', 'column', 'query', 'metadata']),
    atMostEveryMinutes: random.pick([15, 15, 40]),
    isEmpty: random.chance(0.15),
    changes: Array.from({ length: random.between(1, 4) }, () => ({
      afterMs:
        random.pick(isLate ? [20, 120, 330, 420, 700] : [2, 20, 60, 60, 120]) * SECOND + random.between(0, 1_500),
      change: changeOf(random),
    })),
    moments: Array.from({ length: random.between(0, 4) }, () =>
      random.chance(0.7)
        ? { look: random.between(1, 5), event: random.pick([...AT_LOOKS, changeOf(random)]) }
        : { scan: random.between(1, 4), event: changeOf(random) },
    ),
    answers: Array.from({ length: random.between(0, 6) }, () =>
      random.pick(['good', 'fails', 'hangs', 'slow', 'slow'] as const),
    ),
  };
}

const AT_LOOKS = ['kill', 'kill', 'run_now', 'pause', 'edit_trigger', 'edit'] as const;

const changeOf = (random: Random): 'new' | 'back' => random.pick(['new', 'new', 'back']);

function faultOf(random: Random): Fault {
  const when = { step: random.between(100, 700) };
  return random.pick<Fault>([
    { kind: 'kill', when, machine: 'same', downMs: random.pick([1, 40]) * SECOND },
    { kind: 'freeze', when, forMs: 45 * SECOND },
    { kind: 'database_away', when, forMs: 2 * SECOND },
    { kind: 'database_restarts', when, forMs: 2 * SECOND },
  ]);
}

/** Each version has somebody whom no other one has. @param own others of another field or job have other numbers */
function withVersions<V extends Values & { readonly identifier: Identifier }>(values: V, own: number): V {
  const versions = Array.from({ length: VERSIONS }, (_, n) => [
    ...values.members,
    identifierValue(values.identifier, own, 500 + n),
  ]);
  const [members = [], ...changes] = versions;
  return { ...values, members, changes: changes.map((changed, n) => ({ scan: n + 2, members: changed })) };
}
