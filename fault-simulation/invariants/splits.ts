/**
 * Split jobs: when a run has divided a scan, its parts have exactly the members of one version of the source. Nobody is
 * lost or doubled, and no part has the file of another value. The audience of a value that has vanished stays.
 */
import type { StoredJob } from '../../src/contracts/job-store.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import type { JobPlan, Values } from '../world/plan.ts';
import type { Runs } from './runs.ts';
import { ViolationError } from './violation.ts';

export interface SplitsOptions {
  readonly runs: Runs;
  readonly jobs: () => readonly StoredJob[];
  /** Undefined for one that is not there. */
  readonly membersOf: (segment: string) => readonly string[] | undefined;
  readonly planOf: (segment: string) => JobPlan | undefined;
}

export class Splits {
  readonly #options: SplitsOptions;
  /** Scans that were divided. */
  divided = 0;

  constructor(options: SplitsOptions) {
    this.#options = options;
  }

  /** A journal has a new entry. */
  onEvent(runId: string, event: RunEvent): void {
    const run = this.#options.runs.all.get(runId);
    if (!run || (event.type !== 'started' && event.type !== 'ended')) return;
    if (event.type === 'started') {
      this.#onStart(runId, run.jobId);
      return;
    }
    if (event.status !== 'succeeded' || !run.state.request.split) return;
    const plan = this.#options.planOf(run.state.request.source.label);
    const splitJob = this.#options.jobs().find(({ id }) => id === run.jobId);
    if (!plan?.split || !splitJob || splitJob.state.status === 'killed') return;
    this.divided += 1;
    const given = this.#options
      .jobs()
      .filter(({ part }) => part?.of === run.jobId && part.run === runId)
      .map(({ part, configuration }) => [part!.value, this.#options.membersOf(configuration.segment_id)] as const);
    const versions = [-1, ...plan.changes.keys()].map((version) => divided(plan, plan.split!, version));
    const text = shown(given);
    if (versions.some((version) => shown(version) === text)) return;
    throw new ViolationError('split', `run ${runId} has given its parts others than the members of its scan`);
  }

  /** A part runs for a scan that has seen its value. */
  #onStart(runId: string, jobId: string | null): void {
    const { jobs, membersOf } = this.#options;
    const job = jobs().find(({ id }) => id === jobId);
    if (!job?.part || membersOf(job.configuration.segment_id) !== undefined) return;
    throw new ViolationError('split', `run ${runId} of the part "${job.part.value}" has no file`);
  }
}

/** What each value must get of a version of the source. */
function divided(plan: Values, column: Values, version: number): (readonly [string, readonly string[]])[] {
  const members = plan.changes[version]?.members ?? plan.members;
  const values = column.changes[version]?.members ?? column.members;
  const parts = new Map<string, string[]>();
  for (const [n, member] of members.entries()) {
    const value = values[n]?.trim() ?? '';
    if (value !== '') parts.set(value, [...(parts.get(value) ?? []), member]);
  }
  return [...parts];
}

const shown = (parts: readonly (readonly [string, readonly string[] | undefined])[]): string =>
  JSON.stringify(parts.toSorted(([a], [b]) => (a < b ? -1 : 1)));
