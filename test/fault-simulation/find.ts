import { type CommandLinePlan, commandLinePlanOf } from '../../fault-simulation/command-line/plan.ts';
import { Random } from '../../fault-simulation/engine/random.ts';
import type { ViolationError } from '../../fault-simulation/invariants/violation.ts';
import { type AnyPlan, anyPlanOf, playAny } from '../../fault-simulation/kinds.ts';
import { lookingAtSource } from '../../fault-simulation/world/looks-plan.ts';
import {
  identifierValue,
  type JobPlan,
  type LooksPlan,
  type PersonAct,
  type Plan,
  planOf,
  type Values,
} from '../../fault-simulation/world/plan.ts';
import type { LineFault } from '../../fault-simulation/world/planned-faults.ts';
import type { Plants } from '../../fault-simulation/world/plants.ts';
import { splitting } from '../../fault-simulation/world/split-plan.ts';
import { waitingForWebhooks } from '../../fault-simulation/world/webhooks-plan.ts';

/** A mistake in the service, and how the simulation finds it. */
export interface Mistake {
  readonly plant: Plants;
  /** The invariants that it may break. */
  readonly breaks: readonly string[];
  /** The first seed that finds it, as docs/reliability.md says. */
  readonly seed: number;
  /** @default what the seed decides of a history of the service */
  readonly planOf?: (seed: number) => AnyPlan;
}

export interface Found {
  readonly plan: AnyPlan;
  readonly violation: ViolationError;
}

/** Many more than any mistake needs. */
const MAX_SEEDS = 4_000;

/**
 * Plays the history of its seed. A change of the service moves the histories; then the seeds from 1 on are tried, and
 * one line says which one to write down.
 * @returns the first history that breaks a promise
 */
export async function findMistake(mistake: Mistake): Promise<Found | undefined> {
  const known = await playMistake(mistake, mistake.seed);
  if (known) return known;
  for (let seed = 1; seed <= MAX_SEEDS; seed += 1) {
    // The command plays another history at the seeds of the command line.
    if (!mistake.planOf && 'kind' in anyPlanOf(seed)) continue;
    const found = await playMistake(mistake, seed);
    if (!found) continue;
    console.warn(`Seed ${mistake.seed} finds this mistake no more, and seed ${seed} does: write that down.`);
    return found;
  }
  return undefined;
}

async function playMistake({ plant, planOf: plans = planOf }: Mistake, seed: number): Promise<Found | undefined> {
  const plan = plans(seed);
  const { violation } = await playAny(plan, { plant });
  return violation && { plan, violation };
}

/** A history whose jobs have one identifier each: it is shorter, and most mistakes show with one. */
function plainPlanOf(seed: number): Plan {
  const plan = planOf(seed);
  return { ...plan, jobs: plan.jobs.map((job) => ({ ...job, siblings: undefined })) };
}

/** A history in which a person does something with the first job again and again. */
function actedOften(seed: number, ...actions: readonly PersonAct['action'][]): Plan {
  const plan = plainPlanOf(seed);
  const acts = [1, 4, 9, 20, 45, 100].flatMap((seconds) =>
    actions.map((action, n) => ({ afterMs: seconds * 1_000 + n * 100, job: 0, action })),
  );
  return { ...plan, people: [...plan.people, ...acts].sort((a, b) => a.afterMs - b.afterMs) };
}

/** A person edits the first job, before and after it has made its audience. */
export function editedOften(seed: number): Plan {
  const plan = actedOften(seed, 'edit');
  return { ...plan, jobs: plan.jobs.map((job) => ({ ...job, existing: null })) };
}

/** A person stops the first job, and LINE works slowly. */
export function stoppedOften(seed: number): Plan {
  const plan = actedOften(seed, 'stop_run');
  return { ...plan, line: { ...plan.line, jobMs: 60_000 } };
}

/**
 * Four jobs replace audiences of one ad account at the same time, LINE works slowly, and a person stops the first one.
 */
export function replacedOften(seed: number): Plan {
  const plan = stoppedOften(seed);
  const job = { ...plan.jobs[0]!, existing: 1, account: 'A1' as const, schedule: null };
  return { ...plan, jobs: [job, job, job, job], pace: { ...plan.pace, concurrency: 4 } };
}

/** LINE's jobs fail, answers are lost, and a person continues what has stopped. */
export function failedOften(seed: number): Plan {
  const plan = actedOften(seed, 'continue');
  const fault = (kind: LineFault['kind'], nth: number): LineFault => ({
    kind,
    endpoint: 'upload',
    nth,
    count: 1,
  });
  const from = 1 + (seed % 3);
  return {
    ...plan,
    faults: [...plan.faults, fault('line_job_failed', from), fault('line_5xx_before', from + 1)],
  };
}

/** Rules stop jobs with siblings, of whose values some cannot be read. */
export function alertedOften(seed: number): Plan {
  const plan = planOf(seed);
  const alerts = { skipped_share: { action: 'stop' as const, percent: 1 } };
  return { ...plan, jobs: plan.jobs.map((job) => ({ ...job, alerts })) };
}

/** Suppression lists with many of the members, who are not on them any more from an early scan on. */
export function listedAnew(seed: number): Plan {
  const plan = planOf(seed);
  const withMore = <L extends Values>(list: L, more: readonly string[]): L => ({
    ...list,
    members: [...list.members, ...more],
    changes: [{ scan: 2 + (seed % 3), members: list.members }],
  });
  return {
    ...plan,
    jobs: plan.jobs.map((job) => ({
      ...job,
      leftOut: job.leftOut && withMore(job.leftOut, job.members.slice(1)),
      siblings: job.siblings?.map((sibling) => ({
        ...sibling,
        list: sibling.list && withMore(sibling.list, sibling.members.slice(1)),
      })),
    })),
  };
}

/** The source loses most of its members after the first run, and a person runs the job again. */
export function shrunkLater(seed: number): Plan {
  const plan = actedOften(seed, 'run_now');
  return {
    ...plan,
    jobs: plan.jobs.map((job) => ({ ...job, changes: [{ scan: 2, members: job.members.slice(0, 1) }] })),
  };
}

/**
 * A person runs the first job again and again, a second one runs when it has succeeded, LINE works slowly, and the
 * database and the workers come and go.
 */
export function triggeredOften(seed: number): Plan {
  const plan = actedOften(seed, 'run_now');
  const job = { ...plan.jobs[0]!, existing: null, schedule: null };
  const others = { ...job, audienceName: 'Audience 1', after: 0 };
  const when = (n: number) => ({ step: 150 + n * 90 + (seed % 90) });
  return {
    ...plan,
    jobs: [job, others],
    workers: 2,
    people: plan.people.map((act) => ({ ...act, job: 0, afterMs: act.afterMs * 3 })),
    line: { ...plan.line, jobMs: 20_000 },
    faults: [0, 1, 2, 3].map((n) =>
      n % 2 === 0
        ? { kind: 'database_away', when: when(n), forMs: 1_000 }
        : { kind: 'kill', when: when(n), machine: 'same', downMs: 1_000 },
    ),
  };
}

/**
 * A job runs again and again with other members each time, a worker dies or a person stops a run, fingerprints are
 * damaged or away, and in the end the job is deleted.
 */
export function countedOften(seed: number): Plan {
  const plan = plainPlanOf(seed);
  const members = (from: number) => Array.from({ length: 6 }, (_, n) => identifierValue('email', 0, from + n));
  const job: JobPlan = {
    ...plan.jobs[0]!,
    identifier: 'email',
    ifaFormat: undefined,
    members: members(0),
    changes: [2, 3, 4, 5, 6].map((scan) => ({ scan, members: members(scan) })),
    leftOut: undefined,
    alerts: undefined,
    schedule: null,
    existing: 5,
    chunkRecords: 3,
  };
  const act = (seconds: number, action: PersonAct['action']): PersonAct => ({
    afterMs: seconds * 1_000,
    job: 0,
    action,
  });
  return {
    ...plan,
    jobs: [job],
    workers: 2,
    fingerprints: 'shared',
    people: [
      act(60, 'run_now'),
      act(61 + (seed % 20), 'stop_run'),
      ...[200, 300, 400].map((seconds) => act(seconds, 'run_now')),
      ...(seed % 3 === 0 ? [act(500, 'delete')] : []),
    ],
    faults: [
      { kind: 'kill', when: { journal: 2 + (seed % 2), at: 'before' }, machine: 'same', downMs: 1_000 },
      { kind: 'fingerprints_away', when: { step: 30 + (seed % 90) }, forMs: 60_000 },
      { kind: 'fingerprints_damaged', when: { step: 200 + (seed % 90) }, forMs: 0 },
    ],
  };
}

/** The same with webhooks for the first job, some of which are sent again. */
export function calledOften(seed: number): Plan {
  const plan = triggeredOften(seed);
  return { ...waitingForWebhooks(plan, new Random(seed, 'webhooks')), people: [] };
}

/**
 * A job looks at its source, which changes, while workers and the database come and go. In half of the histories,
 * answers are slow, and a person edits the trigger before they come.
 */
export function lookedOften(seed: number): Plan {
  const plan = plainPlanOf(seed);
  const { jobs, ...looking } = lookingAtSource({ ...plan, jobs: plan.jobs.slice(0, 1) }, new Random(seed, 'looks'));
  const job = { ...jobs[0]!, existing: null, alerts: undefined };
  const edited: LooksPlan = {
    ...job.looks!,
    moments: [1, 2, 3].map((look) => ({ look, event: 'edit_trigger' })),
    answers: ['slow', 'slow', 'slow'],
  };
  return { ...looking, jobs: [seed % 2 === 0 ? { ...job, looks: edited } : job] };
}

/** A person's run reads a value of a table that is gone again before the next look. */
export function readBetweenLooks(seed: number): Plan {
  const { jobs, ...plan } = lookedOften(seed);
  const newMs = (200 + (seed % 60)) * 1_000;
  const looks: LooksPlan = {
    kind: 'column',
    atMostEveryMinutes: 15,
    isEmpty: false,
    changes: [
      { afterMs: newMs, change: 'new' },
      { afterMs: newMs + 60_000, change: 'back' },
    ],
    moments: [],
    answers: [],
  };
  return {
    ...plan,
    jobs: [{ ...jobs[0]!, looks }],
    people: [{ afterMs: newMs + 5_000, job: 0, action: 'run_now' }],
  };
}

/** A split job, which runs again and again. */
export function splitOften(seed: number): Plan {
  return splitting(actedOften(seed, 'run_now'), new Random(seed, 'split'));
}

/** The same, where nobody of one value can be sent, and one refusal stops all. */
export function refusedOften(seed: number): Plan {
  const plan = splitOften(seed);
  const [job] = plan.jobs;
  const { split, members } = job!;
  const unusable = (member: string, n: number) => (split?.members[n]?.includes('north') ? 'nobody' : member);
  return { ...plan, jobs: [{ ...job!, members: members.map(unusable), split: { ...split!, onRefusal: 'all' } }] };
}

/** A person approves what the guard stopped, after its staged files were lost and the source has changed. */
export function approvedLate(seed: number): Plan {
  const plan = actedOften(seed, 'run_anyway');
  return {
    ...plan,
    jobs: plan.jobs.map((job) => ({
      ...job,
      existing: 60,
      changes: [{ scan: 2, members: job.members.slice(0, 2) }],
    })),
    faults: [{ kind: 'disk_lost', when: { step: 30 + (seed % 40) } }],
  };
}

/** The clocks of three machines differ by minutes, and runs go from one to another. */
export function clocksApart(seed: number): Plan {
  const plan = actedOften(seed, 'stop_run', 'restart', 'continue');
  return { ...plan, workers: 3, clocks: [-600_000, 0, 600_000] };
}

/** The database restarts, again and again. */
export const restartedOften = (seed: number): Plan => ({
  ...plainPlanOf(seed),
  faults: [20, 40, 60, 80].map((step) => ({
    kind: 'database_restarts',
    when: { step: step + (seed % 20) },
    forMs: 0,
  })),
});

/** A newer version updates the tables while two older workers run a job again and again. */
export function upgradedOften(seed: number): Plan {
  const plan = actedOften(seed, 'run_now');
  const upgrade = { workers: 1, excludes: true, usedAfterMs: null, undoneAfterMs: null };
  return {
    ...plan,
    workers: 2,
    faults: [{ kind: 'upgrade', when: { step: seed % 60 }, ...upgrade }],
  };
}

/** The same, and the older version may work on. The job asks for something that only the newer version knows. */
export function usedNewly(seed: number): Plan {
  const plan = upgradedOften(seed);
  const faults = plan.faults.map((fault) =>
    fault.kind === 'upgrade' ? { ...fault, excludes: false, usedAfterMs: 0 } : fault,
  );
  return { ...plan, faults };
}

/** LINE shows each upload late in its list, and a person stops the first job and starts it again. */
export function listedLate(seed: number): Plan {
  const plan = actedOften(seed, 'stop_run', 'restart');
  return {
    ...plan,
    people: plan.people.map((act) => ({ ...act, afterMs: act.afterMs + (seed % 40) * 100 })),
    line: { jobMs: 60_000, appearsAfterMs: 8_000 },
  };
}

/** Workers stand still past their leases. */
export const frozenOften = (seed: number): Plan => ({
  ...plainPlanOf(seed),
  workers: 2,
  faults: [40, 60, 80, 100, 120, 140].map((step) => ({
    kind: 'freeze',
    when: { step: step + (seed % 20) },
    forMs: 45_000,
  })),
});

/** Workers die, one after another. */
export const killedOften = (seed: number): Plan => ({
  ...plainPlanOf(seed),
  faults: [30, 60, 90].map((step) => ({
    kind: 'kill',
    when: { step: step + (seed % 20) },
    machine: 'same',
    downMs: 1_000,
  })),
});

/** Two people export to one audience, start anew, and continue older runs. */
export function exportedOften(seed: number): CommandLinePlan {
  const plan = commandLinePlanOf(seed);
  const [first] = plan.jobs;
  const second = { ...first!, afterMs: 20_000, sharesAudience: true };
  const habits = ['anew', 'older', 'anew', 'older'] as const;
  return {
    ...plan,
    jobs: [first!, second],
    people: [0, 1].flatMap((job) => habits.map((habit, n) => ({ job, command: n + 1, what: habit }))),
    faults: [
      ...plan.faults,
      ...[20, 50, 90, 140].map((step) => ({ kind: 'kill' as const, when: { step: step + (seed % 20) } })),
    ],
  };
}

/** The first scans of each source break off. */
export function brokenScans(seed: number): Plan {
  const plan = planOf(seed);
  const faults = plan.jobs.flatMap((_, job) =>
    [1, 2].map((scan) => ({ kind: 'source_breaks' as const, job, scan, block: 1 + (seed % 4) })),
  );
  return { ...plan, faults: [...plan.faults, ...faults] };
}
