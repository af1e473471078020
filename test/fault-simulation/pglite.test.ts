/** Histories on PGlite, with the real repositories. */
import { afterAll, expect, test } from 'vitest';
import { anyPlanOf } from '../../fault-simulation/kinds.ts';
import { playSome } from '../../fault-simulation/many.ts';
import { closePglite, playOnPglite } from '../../fault-simulation/pglite/play.ts';
import { type Plan, planOf } from '../../fault-simulation/world/plan.ts';
import { frozenOften, killedOften, splitOften } from './find.ts';
import { mistakes } from './mistakes/index.ts';

const SEEDS = [1, 2, 3, 5, 7];
/** The parts of a split job have real files there. */
const SPLIT = 2;
/** `npm run simulate-faults` plays each thousandth history on PGlite, too. */
const THOUSANDTH = 1_000;
/** In these histories everything comes to rest much sooner than within a day. */
const longestRestMs = 600_000;
/**
 * If the seed of a mistake finds it no more, because a change of the service has moved the histories, these are tried.
 */
const MORE_SEEDS = Array.from({ length: 40 }, (_, n) => n + 1).filter((seed) => !('kind' in anyPlanOf(seed)));

afterAll(closePglite);

test('no promise is broken', async () => {
  const broken: unknown[] = [];
  const transitions = new Set<string>();
  for (const plan of [...SEEDS.map(planOf), splitOften(SPLIT)]) {
    const { violation, coverage } = await playOnPglite(plan, { longestRestMs });
    if (violation) broken.push({ seed: plan.seed, violation });
    for (const line of coverage.transitions) transitions.add(line);
  }

  expect(broken).toEqual([]);
  expect(transitions.size).toBeGreaterThanOrEqual(8);
});

test('some of many histories are played on it, too', async () => {
  const broken: unknown[] = [];
  const tally = await playSome([THOUSANDTH], (history) => broken.push(history));

  expect(broken).toEqual([]);
  expect(tally).toMatchObject({ histories: 1, onPglite: 1 });
});

// Each breaks a promise only if the database does what the worker relies on: its transactions, its journal, its clock.
test.each<[string, string, number, (seed: number) => Plan]>([
  ['writes the intent after the request', 'journal', 3, planOf],
  ['does not check the lease before it sends or writes', 'lease', 25, frozenOften],
  ['forgets the runs of a dead worker', 'liveness', 3, killedOften],
])('it finds a service that %s', async (name, invariant, known, plan) => {
  const { plant } = mistakes[name]!;
  let found: string | undefined;
  for (const seed of [known, ...MORE_SEEDS]) {
    found ??= (await playOnPglite(plan(seed), { plant, longestRestMs })).violation?.invariant;
    if (found) break;
  }

  expect(found).toBe(invariant);
});
