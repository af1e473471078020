/** What a seed decides of webhooks: which job waits for them, when they are sent, and what is lost on the way. */
import { Random } from '../engine/random.ts';
import type { Plan, WebhookPlan } from './plan.ts';

const SECOND = 1_000;

/** In few histories. */
export function withWebhooks(plan: Plan): Plan {
  const random = new Random(plan.seed, 'webhooks');
  return random.chance(0.08) ? waitingForWebhooks(plan, random) : plan;
}

/** The first job waits for webhooks, some of which come at the same time. */
export function waitingForWebhooks(plan: Plan, random: Random): Plan {
  const [first, ...others] = plan.jobs;
  const webhooks = Array.from(
    { length: random.between(1, 5) },
    (): WebhookPlan => ({
      afterMs: random.pick([2, 20, 60, 60, 120]) * SECOND,
      lost: Array.from({ length: random.pick([0, 0, 1, 2]) }, () =>
        random.pick(['request', 'answer', 'answer'] as const),
      ),
    }),
  );
  return { ...plan, jobs: [{ ...first!, schedule: null, after: undefined, webhooks }, ...others] };
}
