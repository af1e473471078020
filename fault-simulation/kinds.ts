/**
 * The two kinds of histories: those of the service, and those of the command line. The seed decides which one it is.
 */
import { playCommandLine } from './command-line/history.ts';
import { type CommandLinePlan, commandLinePlanOf } from './command-line/plan.ts';
import { type Outcome, play } from './history.ts';
import { type Plan, planOf } from './world/plan.ts';
import type { PlayOptions } from './world/world.ts';

export type AnyPlan = Plan | CommandLinePlan;

/** One history in eight is of the command line. */
export const anyPlanOf = (seed: number): AnyPlan => (seed % 8 === 6 ? commandLinePlanOf(seed) : planOf(seed));

export const playAny = (plan: AnyPlan, options?: PlayOptions): Promise<Outcome> =>
  'kind' in plan ? playCommandLine(plan, options) : play(plan, options);
