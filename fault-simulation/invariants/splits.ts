/**
 * Split jobs: when a run has divided a scan, its parts have exactly the members of one version of the source. Nobody is
 * lost or doubled, and no part has the file of another value. No part has anything of a scan before its run has
 * succeeded. A run of a part reads the file of the last scan that has seen its value. The part of a value that has
 * vanished stays, and so does its audience, until a person ends it; the log tells it. Where one refusal stops all, no
 * part gets what cannot be sent.
 */
import type { StoredJob } from '../../src/contracts/job-store.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import type { JobPlan } from '../world/plan.ts';
import { type Divided, dividedOf } from '../world/split-plan.ts';
import type { SeenRows, SeenWrites } from '../world/storage.ts';
import type { KnownRun, Runs } from './runs.ts';
import { ViolationError } from './violation.ts';

export interface SplitsOptions {
  readonly runs: Runs;
  /** Whether the ids of runs are in the order in which the runs have begun. */
  readonly hasGoodClocks: boolean;
  readonly rows: () => Pick<SeenRows, 'jobs' | 'runs' | 'transitions'>;
  /** Of the file of a part; undefined for one that is not there. */
  readonly rowsOf: (segment: string) => Rows | undefined;
  readonly planOf: (segment: string) => JobPlan | undefined;
  /** Whether the file of a part has somebody for each of its audiences. */
  readonly isSendable: (part: StoredJob) => boolean;
}

type Rows = readonly (readonly string[])[];

export class Splits {
  readonly #options: SplitsOptions;
  /** Scans that were divided. */
  divided = 0;
  /** The parts that are there and not terminated. */
  readonly #parts = new Map<string, StoredJob>();
  /** The last scan of each split job that has succeeded. */
  readonly #lastScans = new Map<string, string>();

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
    if (!run) return;
    if (event.type === 'started') this.#onStart(run, event.request.source.label);
    if (event.type === 'ended' && event.status === 'succeeded' && run.state.request.split) this.#onDivided(run);
  }

  #onDivided(run: KnownRun): void {
    const { jobs } = this.#options.rows();
    const plan = this.#options.planOf(run.state.request.source.label);
    const splitJob = jobs.get(run.jobId ?? '');
    if (!plan?.split || !splitJob || splitJob.state.status === 'killed') return;
    this.divided += 1;
    const parts = [...jobs.values()].filter(({ part }) => part?.of === splitJob.id);
    const given = this.#given(parts, run.id);
    const truth = [-1, ...plan.changes.keys()].map((version) => dividedOf(plan, version)).find(isDivided(given));
    if (!truth)
      throw new ViolationError('split', `run ${run.id} has given its parts others than the members of its scan`);
    this.#checkCounts(run, truth);
    this.#checkTold(run, splitJob.id, parts);
    if (splitJob.configuration.split?.on_refusal === 'all')
      for (const part of parts) if (part.part?.run === run.id) this.#checkSendable(run, part);
  }

  #given(parts: readonly StoredJob[], runId: string): Divided['parts'] {
    const { rowsOf } = this.#options;
    const given = parts.filter(({ part }) => part?.run === runId);
    return new Map(given.map(({ part, configuration }) => [part!.value, rowsOf(configuration.segment_id) ?? []]));
  }

  #checkCounts({ id, state }: KnownRun, { rows, without, parts }: Divided): void {
    const placed = [...parts.values()].reduce((sum, { length }) => sum + length, 0);
    const { split } = state;
    const isTrue =
      split?.rows === rows && split.without === without && split.placed === placed && split.parts === parts.size;
    if (!isTrue) throw new ViolationError('counts', `the counts of split run ${id} are not those of its scan`);
  }

  /** The log of the job tells each value that the scan before had, and this one has not. */
  #checkTold({ id }: KnownRun, splitJob: string, parts: readonly StoredJob[]): void {
    const before = this.#lastScans.get(splitJob);
    this.#lastScans.set(splitJob, id);
    const vanished = parts.filter(({ part }) => part?.run === before).length;
    const log = this.#options.rows().transitions.get(splitJob) ?? [];
    const told = log.filter(({ action, runId }) => action === 'part_vanished' && runId === id).length;
    if (told === vanished || !this.#options.hasGoodClocks) return;
    throw new ViolationError('split', `${vanished} values have vanished at run ${id}, and the log tells ${told}`);
  }

  #checkSendable({ id }: KnownRun, part: StoredJob): void {
    if (part.state.status === 'killed' || this.#options.isSendable(part)) return;
    throw new ViolationError(
      'split',
      `run ${id} gives the part "${part.part?.value}" members of whom none can be sent`,
    );
  }

  /** The job of the run is locked, so its file is that of the last scan that has seen its value. */
  #onStart({ id, jobId }: KnownRun, file: string): void {
    const { rows, rowsOf } = this.#options;
    const job = rows().jobs.get(jobId ?? '');
    if (!job?.part) return;
    const about = `run ${id} of the part "${job.part.value}"`;
    if (file !== job.configuration.segment_id)
      throw new ViolationError('split', `${about} reads the file of another scan`);
    if (rowsOf(file) === undefined) throw new ViolationError('split', `${about} has no file`);
  }

  /** How the parts of a job differ from those that its source gives now. @param version of its source */
  differenceOf({ id }: Pick<StoredJob, 'id'>, plan: JobPlan, version: number): string | undefined {
    const parts = [...this.#options.rows().jobs.values()].filter(({ part }) => part?.of === id);
    const given = this.#given(parts, this.#lastScans.get(id) ?? '');
    const truth = dividedOf(plan, version);
    // Nobody has a value, so no scan succeeds.
    if (truth.parts.size === 0) return undefined;
    return isDivided(given)(truth) ? undefined : `its parts have not the members of its source`;
  }
}

const isDivided = (given: Divided['parts']) => (truth: Divided) => shown(given) === shown(truth.parts);

const shown = (parts: Divided['parts']): string => JSON.stringify([...parts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
