/**
 * The kinds of histories: those of the service, those of the command line, and those of the service with LY Ads. The
 * seed decides which one it is of the first two, and a person asks for the third one.
 */
import { playCommandLine } from './command-line/history.ts';
import { type CommandLinePlan, commandLinePlanOf } from './command-line/plan.ts';
import { type Outcome, play } from './history.ts';
import { lyAdsPlanOf } from './world/ly-ads-plan.ts';
import { type Plan, planOf } from './world/plan.ts';
import type { PlayOptions } from './world/world.ts';

export type AnyPlan = Plan | CommandLinePlan;

export const destinationNames = ['line_ads', 'ly_ads'] as const;
export type DestinationName = (typeof destinationNames)[number];

/** To LINE Ads, one history in eight is of the command line. */
export function anyPlanOf(seed: number, destination: DestinationName = 'line_ads'): AnyPlan {
  if (destination === 'ly_ads') return lyAdsPlanOf(seed);
  return seed % 8 === 6 ? commandLinePlanOf(seed) : planOf(seed);
}

export const playAny = (plan: AnyPlan, options?: PlayOptions): Promise<Outcome> =>
  'kind' in plan ? playCommandLine(plan, options) : play(plan, options);
