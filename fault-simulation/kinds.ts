/**
 * The kinds of histories: those of the service, those of the command line, and those of the service with another
 * destination. The seed decides which one it is of the first two, and a person asks for the others.
 */
import { playCommandLine } from './command-line/history.ts';
import { type CommandLinePlan, commandLinePlanOf } from './command-line/plan.ts';
import { type Outcome, play } from './history.ts';
import { withFingerprints } from './world/fingerprints-plan.ts';
import { withLooks } from './world/looks-plan.ts';
import { lyAdsPlanOf } from './world/ly-ads-plan.ts';
import { officialAccountPlanOf } from './world/official-account-plan.ts';
import { type Plan, planOf } from './world/plan.ts';
import { withSplit } from './world/split-plan.ts';
import { withWebhooks } from './world/webhooks-plan.ts';
import type { PlayOptions } from './world/world.ts';

export type AnyPlan = Plan | CommandLinePlan;

export const destinationNames = ['line_ads', 'ly_ads', 'line_official_account'] as const;
export type DestinationName = (typeof destinationNames)[number];

/** To LINE Ads, one history in eight is of the command line. */
export function anyPlanOf(seed: number, destination: DestinationName = 'line_ads'): AnyPlan {
  if (destination === 'ly_ads') return withSplit(withFingerprints(lyAdsPlanOf(seed)));
  if (destination === 'line_official_account') return withSplit(officialAccountPlanOf(seed));
  if (seed % 8 === 6) return commandLinePlanOf(seed);
  return withLooks(withSplit(withWebhooks(withFingerprints(planOf(seed)))));
}

export const playAny = (plan: AnyPlan, options?: PlayOptions): Promise<Outcome> =>
  'kind' in plan ? playCommandLine(plan, options) : play(plan, options);
