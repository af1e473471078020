/**
 * Split jobs: when a run has divided a scan, its parts have exactly the members of one version of the source. Nobody is
 * lost or doubled, and no part has the file of another value. No part has anything of a scan before its run has
 * succeeded. A run of a part reads the file of the last scan that has seen its value. The part of a value that has
 * vanished stays, and so does its audience, until a person ends it.
 */
import type { StoredJob } from '../../src/contracts/job-store.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import type { JobPlan, Values } from '../world/plan.ts';
import type { SeenRows, SeenWrites } from '../world/storage.ts';
import type { Runs } from './runs.ts';
import { ViolationError } from './violation.ts';

export interface SplitsOptions {
  readonly runs: Runs;
  readonly rows: () => Pick<SeenRows, 'jobs' | 'runs'>;
  /** Undefined for one that is not there. */
  readonly membersOf: (segment: string) => readonly string[] | undefined;
  readonly planOf: (segment: string) => JobPlan | undefined;
}

export class Splits {
  readonly #options: SplitsOptions;
  /** Scans that were divided. */
  divided = 0;
  /** The parts that are there and not terminated. */
  readonly #parts = new Map<string, StoredJob>();

  constructor(options: SplitsOptions) {
    this.#options = options;
  }

  /** Something was saved. @param isPerson whether a person has done it */
  onCommit({ jobs }: Pick<SeenWrites, 'jobs'>, isPerson: boolean): void {
    const { runs } = this.#options.rows();
    for (const [id, job] of jobs) {
      const before = this.#parts.get(id);
      const isThere = job?.part && job.state.status !== 'killed';
      if (before && !isThere && !isPerson)
        throw new ViolationError('split', `the part "${before.part?.value}" is gone, and no person has ended it`);
      if (!isThere) {
        this.#parts.delete(id);
        continue;
      }
      this.#parts.set(id, job);
      const { value, run } = job.part!;
      if (runs.get(run)?.status !== 'succeeded')
        throw new ViolationError('split', `the part "${value}" has a file of run ${run}, which has not succeeded`);
    }
  }

  /** A journal has a new entry. */
  onEvent(runId: string, event: RunEvent): void {
    const run = this.#options.runs.all.get(runId);
    if (!run || (event.type !== 'started' && event.type !== 'ended')) return;
    if (event.type === 'started') {
      this.#onStart(runId, run.jobId, event.request.source.label);
      return;
    }
    if (event.status !== 'succeeded' || !run.state.request.split) return;
    const plan = this.#options.planOf(run.state.request.source.label);
    const { jobs } = this.#options.rows();
    const splitJob = jobs.get(run.jobId ?? '');
    if (!plan?.split || !splitJob || splitJob.state.status === 'killed') return;
    this.divided += 1;
    const given = [...jobs.values()]
      .filter(({ part }) => part?.of === run.jobId && part.run === runId)
      .map(({ part, configuration }) => [part!.value, this.#options.membersOf(configuration.segment_id)] as const);
    const versions = [-1, ...plan.changes.keys()].map((version) => divided(plan, plan.split!, version));
    const text = shown(given);
    if (versions.some((version) => shown(version) === text)) return;
    throw new ViolationError('split', `run ${runId} has given its parts others than the members of its scan`);
  }

  /** The job of the run is locked, so its file is that of the last scan that has seen its value. */
  #onStart(runId: string, jobId: string | null, file: string): void {
    const { rows, membersOf } = this.#options;
    const job = rows().jobs.get(jobId ?? '');
    if (!job?.part) return;
    const about = `run ${runId} of the part "${job.part.value}"`;
    if (file !== job.configuration.segment_id)
      throw new ViolationError('split', `${about} reads the file of another scan`);
    if (membersOf(file) === undefined) throw new ViolationError('split', `${about} has no file`);
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
