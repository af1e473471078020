/** What a seed decides of fingerprints of members: where they are, who comes and goes, and what happens to them. */
import { Random } from '../engine/random.ts';
import { type Identifier, identifierValue, type JobPlan, type PersonAct, type Plan, type Values } from './plan.ts';
import { fingerprintFaults } from './planned-faults.ts';

const SECOND = 1_000;

/** In few histories, because they take time: jobs run several times, and the members of their sources change. */
export function withFingerprints(plan: Plan): Plan {
  const random = new Random(plan.seed, 'fingerprints');
  if (!random.chance(0.2)) return plan;
  const runs = Array.from(
    { length: random.between(1, 3) },
    (): PersonAct => ({
      afterMs: random.between(5, 300) * SECOND,
      job: random.between(0, plan.jobs.length - 1),
      action: 'run_now',
    }),
  );
  return {
    ...plan,
    fingerprints: random.pick(['shared', 'shared', 'apart']),
    jobs: plan.jobs.map((job) => withChanges(random, job)),
    people: [...plan.people, ...runs].toSorted((a, b) => a.afterMs - b.afterMs),
    faults: [...plan.faults, ...fingerprintFaults(random)],
  };
}

/** Some members leave before each of the next scans, and others come in their places. */
function withChanges(random: Random, job: JobPlan): JobPlan {
  const versions = [2, 3, 4].map((scan) => ({
    scan,
    kept: job.members.map(() => random.pick([true, true, true, false, null])),
  }));
  const changed = <V extends Values & { readonly identifier: Identifier }>(values: V, own: number): V => ({
    ...values,
    changes: versions.map(({ scan, kept }) => ({
      scan,
      members: values.members.flatMap((value, n) => {
        if (kept[n] === null && n % 5 === 0) return [];
        return kept[n] ? [value] : [identifierValue(values.identifier, own, 100 * scan + n)];
      }),
    })),
  });
  return { ...changed(job, 5), siblings: job.siblings?.map((sibling, n) => changed(sibling, 6 + n)) };
}
