import { play } from '../../fault-simulation/history.ts';
import type { Violation } from '../../fault-simulation/invariants/violation.ts';
import { type Plan, planOf } from '../../fault-simulation/world/plan.ts';
import type { Plants } from '../../fault-simulation/world/plants.ts';

/** A mistake in the service, and how the simulation finds it. */
export interface Mistake {
  readonly plant: Plants;
  /** The invariants that it may break. */
  readonly breaks: readonly string[];
  /** Histories that are enough to find it. Far more than needed today, because each change of the service moves the histories. */
  readonly within: number;
  /** @default what the seed decides */
  readonly planOf?: (seed: number) => Plan;
}

export interface Found {
  readonly plan: Plan;
  readonly violation: Violation;
}

/** @returns the first history, from seed 1 on, that breaks a promise */
export async function findMistake(mistake: Mistake): Promise<Found | undefined> {
  const { plant, within } = mistake;
  for (let seed = 1; seed <= within; seed += 1) {
    const plan = (mistake.planOf ?? planOf)(seed);
    const { violation } = await play(plan, { plant });
    if (violation) return { plan, violation };
  }
  return undefined;
}

/** A history in which a person edits the first job again and again, before and after it has made its audience. */
export function editedOften(seed: number): Plan {
  const plan = planOf(seed);
  const edits = [1, 4, 9, 20, 45, 100].map((seconds) => ({
    afterMs: seconds * 1_000,
    job: 0,
    action: 'edit' as const,
  }));
  return {
    ...plan,
    jobs: plan.jobs.map((job) => ({ ...job, existing: null })),
    people: [...plan.people, ...edits].sort((a, b) => a.afterMs - b.afterMs),
  };
}
