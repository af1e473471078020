/**
 * Makes a failing history smaller: leaves out faults, people's acts, changes of sources and members, as long as the same promise is
 * broken. What is left out has short names, so that the command to replay the history can say it: `f2` is the fault number 2, `p0`
 * an act or a habit of a person, `c1` the changes of the source of job 1, `m0=3` all but the first three members of job 0.
 */
import type { Outcome } from './history.ts';
import type { AnyPlan } from './kinds.ts';

/** The plan without some of its parts. Numbers are those of the whole plan. */
export function without<P extends AnyPlan>(plan: P, parts: readonly string[]): P {
  const left = (prefix: string) => (_: unknown, n: number) => !parts.includes(`${prefix}${n}`);
  const membersOf = (job: number): number => {
    const cut = parts.findLast((part) => part.startsWith(`m${job}=`));
    return cut === undefined ? Number.POSITIVE_INFINITY : Number(cut.split('=')[1]);
  };
  return {
    ...plan,
    faults: plan.faults.filter(left('f')),
    people: plan.people.filter(left('p')),
    jobs: plan.jobs.map((job, n) => ({
      ...job,
      leftOut: parts.includes(`l${n}`) ? undefined : job.leftOut,
      members: job.members.slice(0, membersOf(n)),
      changes: parts.includes(`c${n}`)
        ? []
        : job.changes.map((change) => ({ ...change, members: change.members.slice(0, membersOf(n)) })),
    })),
  };
}

/**
 * @param play how to play a plan
 * @returns what can be left out so that `invariant` is still broken
 */
export async function shrink<P extends AnyPlan>(
  plan: P,
  invariant: string,
  play: (plan: P) => Promise<Outcome>,
): Promise<readonly string[]> {
  let parts: readonly string[] = [];
  for (const part of partsOf(plan)) {
    const tried = [...parts, part];
    const { violation } = await play(without(plan, tried));
    if (violation?.invariant === invariant) parts = tried;
  }
  return parts;
}

function* partsOf({ faults, people, jobs }: AnyPlan): Generator<string> {
  for (const n of faults.keys()) yield `f${n}`;
  for (const n of people.keys()) yield `p${n}`;
  for (const [n, { members, changes, leftOut }] of jobs.entries()) {
    if (leftOut) yield `l${n}`;
    if (changes.length > 0) yield `c${n}`;
    for (let left = Math.floor(members.length / 2); left > 0; left = Math.floor(left / 2))
      yield `m${n}=${left}`;
  }
}
