/**
 * Makes a failing history smaller: leaves out faults, people's acts, changes of sources and members, as long as the
 * same promise is broken. What is left out has short names, so that the command to replay the history can say it: `f2`
 * is the fault number 2, `p0` an act or a habit of a person, `l1` the suppression list of job 1, `a1` its alert rules,
 * `s1` its siblings, `c1` the changes of its source, `m0=3` all but the first three members of job 0, `clocks` the
 * differences between the clocks of machines.
 */
import type { Outcome } from './history.ts';
import type { AnyPlan } from './kinds.ts';
import type { Values } from './world/plan.ts';

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
    ...(parts.includes('clocks') && { clocks: undefined }),
    jobs: plan.jobs.map((job, n) => {
      const cut = <V extends Values>(values: V): V => ({
        ...values,
        members: values.members.slice(0, membersOf(n)),
        changes: parts.includes(`c${n}`)
          ? []
          : values.changes.map((change) => ({ ...change, members: change.members.slice(0, membersOf(n)) })),
      });
      return {
        ...cut(job),
        leftOut: parts.includes(`l${n}`) ? undefined : job.leftOut,
        ...(parts.includes(`a${n}`) && { alerts: undefined }),
        ...(job.split && { split: cut(job.split) }),
        siblings: parts.includes(`s${n}`) ? undefined : job.siblings?.map(cut),
      };
    }),
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

function* partsOf(plan: AnyPlan): Generator<string> {
  const { faults, people, jobs } = plan;
  for (const n of faults.keys()) yield `f${n}`;
  for (const n of people.keys()) yield `p${n}`;
  if ('clocks' in plan && plan.clocks) yield 'clocks';
  for (const [n, { members, changes, leftOut, siblings, alerts }] of jobs.entries()) {
    if (siblings) yield `s${n}`;
    if (alerts) yield `a${n}`;
    if (leftOut) yield `l${n}`;
    if (changes.length > 0) yield `c${n}`;
    for (let left = Math.floor(members.length / 2); left > 0; left = Math.floor(left / 2)) yield `m${n}=${left}`;
  }
}
