import { expect, test } from 'vitest';
import { play } from '../../fault-simulation/history.ts';
import { type AnyPlan, anyPlanOf, playAny } from '../../fault-simulation/kinds.ts';
import { violationLines } from '../../fault-simulation/report.ts';
import { shrink, without } from '../../fault-simulation/shrink.ts';
import { planOf } from '../../fault-simulation/world/plan.ts';
import { findMistake } from './find.ts';
import foundPlans from './found-plans.json' with { type: 'json' };
import { mistakes } from './mistakes/index.ts';

test.for([3, 42, 8_123_411])('seed %i always plays the same history', async (seed) => {
  const once = await play(planOf(seed), { isTraced: true });
  const twice = await play(planOf(seed), { isTraced: true });

  expect(once.trace.length).toBeGreaterThan(50);
  expect(twice.trace.join('\n')).toBe(once.trace.join('\n'));
  expect(twice.steps).toBe(once.steps);
});

// Each of them found a bug, which was fixed. They are kept as plans, because a seed gives another one whenever `planOf`
// changes.
const plansThatFound = foundPlans as unknown as AnyPlan[];
test.for(plansThatFound.map((plan) => [plan.seed, plan] as const))(
  'the plan of seed %i keeps its promises',
  async ([, plan]) => {
    const { violation } = await playAny(plan);

    expect(violation).toBeUndefined();
  },
);

test('parts of a plan are left out by their names', () => {
  const plan = planOf(2);
  const [job] = plan.jobs;
  const smaller = without(plan, ['f0', 'p0', 'c0', 'm0=1']);

  expect(smaller.faults).toEqual(plan.faults.slice(1));
  expect(smaller.people).toEqual(plan.people.slice(1));
  const cut = { changes: [], members: job!.members.slice(0, 1) };
  // Each of its identifiers has as many values as it has members.
  const siblings = job!.siblings!.map((sibling) => ({ ...sibling, changes: [], members: sibling.members.slice(0, 1) }));
  expect(smaller.jobs[0]).toEqual({ ...job, ...cut, siblings });
  expect(smaller.jobs.slice(1)).toEqual(plan.jobs.slice(1));
  expect(without(plan, ['s0']).jobs[0]).toEqual({ ...job, siblings: undefined });
  expect(without(plan, [])).toEqual(plan);
});

const sizeOf = ({ faults, people, jobs }: AnyPlan): number =>
  faults.length + people.length + jobs.reduce((sum, { members }) => sum + members.length, 0);

test('a failing history is made smaller, and its command plays it again', async () => {
  const mistake = mistakes['skips the guard when a run continues']!;
  const { plant } = mistake;
  const { plan, violation } = (await findMistake(mistake))!;

  const parts = await shrink(plan, violation.invariant, (smaller) => playAny(smaller, { plant }));
  const small = without(plan, parts);
  const outcome = await playAny(small, { plant });
  expect(outcome.violation?.invariant).toBe(violation.invariant);
  expect(sizeOf(small)).toBeLessThan(sizeOf(plan));
  // A run continues only after a fault or an act of a person.
  expect(small.faults.length + small.people.length).toBeGreaterThan(0);

  const command = violationLines(plan.seed, outcome, parts).at(-1)!;
  const [, seed, left] = /-- --seed (\d+) --without (\S+)$/.exec(command)!;
  const again = await playAny(without(anyPlanOf(Number(seed)), left!.split(',')), { plant });
  expect(again.violation).toEqual(outcome.violation);
  expect(again.steps).toBe(outcome.steps);
});
