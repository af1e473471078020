/**
 * Plays one history: builds the world of a plan, lets people act and things break, then stops all faults and looks
 * whether everything comes to rest as it must. The invariants are checked after every step.
 */

import type { StoredJob } from '../src/contracts/job-store.ts';
import { conditionOf } from '../src/domain/jobs/conditions.ts';
import { isDue } from '../src/jobs/slots.ts';
import { asViolation, ViolationError } from './invariants/violation.ts';
import { HistoryWorld } from './world/history-world.ts';
import type { PersonAct, Plan, SlotsPlan } from './world/plan.ts';
import type { PlayOptions } from './world/world.ts';

export interface Outcome {
  readonly violation: ViolationError | undefined;
  readonly steps: number;
  /** A line an event, when they were asked for. */
  readonly trace: readonly string[];
  readonly coverage: Coverage;
}

export interface Coverage {
  readonly faults: ReadonlyMap<string, number>;
  /** The transitions of jobs that were crossed. */
  readonly transitions: ReadonlySet<string>;
  /** The entries of journals around which a worker was killed. */
  readonly killedAt: ReadonlySet<string>;
  /** How many runs have told who joins and leaves. */
  readonly turnovers?: number;
}

export async function play(plan: Plan, options: PlayOptions = {}): Promise<Outcome> {
  const history = new History(plan, options);
  let violation: ViolationError | undefined;
  try {
    await history.play();
  } catch (error) {
    violation = asViolation(error);
  }
  const result = history.result();
  history.close();
  return { violation, ...result };
}

/** Steps in which things break. After that, faults that have not happened are left out. */
const MAX_BROKEN_STEPS = 1_000;
/** Times that a job is tried again while things are broken: a wrong clock refuses all of them. */
const MAX_RETRIES = 6;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** When a worker has died, another one tells what has become of its run. */
const LATEST_REPORT_MS = 600_000;
/**
 * Errors after which only a person can say what the job shall do. A list of LY Ads takes uploads again by itself.
 */
const DECISIONS = new Set([
  'audience_not_found',
  'audience_name_taken',
  'audience_shrinks',
  'audience_size_unknown',
  'nothing_to_send',
  'too_few_rows',
  'audience_unusable',
  'audience_type_mismatch',
  'skipped_share_exceeded',
  'size_change_exceeded',
  'leaving_share_exceeded',
  'split_refused',
]);

class History {
  readonly #world: HistoryWorld;
  /** Slots of schedules to which the calendar has moved. */
  #slots = 0;
  #retries = 0;
  #busyAt = -1;
  #isBusyThen = true;

  readonly #longestRestMs: number;

  constructor(plan: Plan, options: PlayOptions) {
    this.#longestRestMs = options.longestRestMs ?? DAY_MS;
    this.#world = new HistoryWorld(plan, options);
  }

  async play(): Promise<void> {
    await this.#world.timeline.run(() => this.#isBrokenEnough());
    this.#world.calm();
    await this.#rest('when the faults have stopped');
    this.#world.triggers.checkEnd();
    await this.#heal();
    await this.#rest('when people have put right what needs them');
    await this.#approve();
    await this.#rest('when people have approved what was stopped');
    this.#checkEnd();
    if (this.#world.plan.lyAds?.ages) await this.#age();
    if (this.#world.plan.fingerprints) await this.#tidy();
  }

  result() {
    const coverage: Coverage = {
      faults: this.#world.faultCounts(),
      transitions: this.#world.jobInvariants.crossed,
      killedAt: this.#world.faults.killedAt,
      turnovers: this.#world.turnovers.told,
    };
    return { steps: this.#world.timeline.steps, trace: this.#world.trace, coverage };
  }

  close(): void {
    this.#world.close();
  }

  #isBrokenEnough(): boolean {
    if (this.#world.timeline.steps > MAX_BROKEN_STEPS) return true;
    if (this.#isBusy()) return false;
    if (this.#retries < MAX_RETRIES && this.#moveTo(this.#nextRetry())) {
      this.#retries += 1;
      return false;
    }
    if (this.#world.actsLeft > 0) return false;
    return this.#slots >= this.#plannedSlots.length || !this.#moveToNextSlot();
  }

  get #plannedSlots(): SlotsPlan {
    const { lyAds, officialAccount } = this.#world.plan;
    return (lyAds ?? officialAccount)?.slots ?? [{ lateDays: 0 }];
  }

  #moveToNextSlot(): boolean {
    const { lateDays = 0 } = this.#plannedSlots[this.#slots] ?? {};
    this.#slots += 1;
    const times = this.#world
      .jobs()
      .flatMap(({ state }) => (state.status === 'sleeping' && state.sleepUntil ? [state.sleepUntil.getTime()] : []));
    const next = Math.min(...times) + lateDays * DAY_MS;
    // Audiences of LINE Official Account live for half a year.
    const furthest = this.#world.plan.officialAccount ? 200 : 40;
    return next - this.#world.timeline.wall < furthest * DAY_MS && this.#moveTo(next);
  }

  /** The calendar goes on to a time, until which nothing happens. @returns whether it did */
  #moveTo(time: number): boolean {
    if (!Number.isFinite(time) || time <= this.#world.timeline.wall) return false;
    this.#world.note('-', `the calendar moves to ${new Date(time).toISOString()}`);
    this.#world.timeline.moveWall(time - this.#world.timeline.wall);
    return true;
  }

  /** Whether a run goes on or waits, or a job is due. */
  #isBusy(): boolean {
    if (this.#world.connecting > 0 || this.#world.coming > 0) return true;
    if (this.#busyAt === this.#world.storage.version && this.#isBusyThen) {
      // Nothing was saved since.
      return true;
    }
    this.#busyAt = this.#world.storage.version;
    this.#isBusyThen = this.#findBusy();
    return this.#isBusyThen;
  }

  #findBusy(): boolean {
    if (this.#world.jobIds.filter((id) => id !== undefined).length < this.#world.plan.jobs.length) return true;
    // A job is due when every process can know it.
    const earliest = new Date(this.#world.earliestClock());
    for (const { state } of this.#world.storage.rows.jobs.values()) {
      if (state.status === 'runnable' || isDue(state, earliest)) return true;
    }
    for (const { status } of this.#world.storage.rows.runs.values()) {
      if (status === 'queued' || status === 'running') return true;
    }
    return this.#world.triggers.unseen().some(({ from }) => from <= earliest.getTime());
  }

  /**
   * When the next job is tried again after an error, runs for its trigger, or looks for what has come; infinite when
   * none waits for that.
   */
  #nextRetry(): number {
    const times = this.#world.jobs().flatMap(({ state }) => {
      const { slot, sleepUntil } = state;
      // What has come for a trigger waits for minutes only.
      if (state.status === 'sleeping' && sleepUntil && slot && state.trigger) return [sleepUntil.getTime()];
      if (state.status !== 'sleeping' || !sleepUntil || (slot && sleepUntil >= slot)) return [];
      return conditionOf(state) === 'retrying' || conditionOf(state) === 'waiting' ? [sleepUntil.getTime()] : [];
    });
    const looks = this.#world.triggers.unseen().map(({ from }) => from);
    return Math.min(...times, ...looks.filter((from) => from > this.#world.timeline.wall));
  }

  /** Lets everything come to rest: no run goes on, and no job is about to be tried again. */
  async #rest(when: string): Promise<void> {
    const { now, wall } = this.#world.timeline;
    await this.#world.timeline.run(() => {
      if (this.#world.timeline.now > now + this.#longestRestMs || this.#world.timeline.wall > wall + 2 * DAY_MS) {
        const busy = this.#world
          .jobs()
          .map(({ id, state }) => `${id} ${conditionOf(state)}`)
          .join(', ');
        throw new ViolationError('liveness', `not everything comes to rest ${when}: ${busy}`);
      }
      return !this.#isBusy() && this.#world.actsLeft === 0 && !this.#moveTo(this.#nextRetry());
    });
    const restedAt = this.#world.timeline.now;
    await this.#world.timeline.run(() => {
      const missing = this.#unreported();
      if (missing && this.#world.timeline.now > restedAt + LATEST_REPORT_MS)
        throw new ViolationError('incomplete', `${missing}, and its log does not tell it`);
      return missing === undefined;
    });
  }

  /** What a job at rest has not sent whole, and its log does not tell. */
  #unreported(): string | undefined {
    for (const [, job] of this.#presentJobs()) {
      const condition = conditionOf(job.state);
      if (condition === 'running' || condition === 'retrying') continue;
      const log = this.#world.storage.rows.transitions.get(job.id) ?? [];
      const told = new Set(
        log.flatMap(({ action, runId }) => (action === 'incomplete' && runId !== null ? [runId] : [])),
      );
      const part = this.#world.atDestination.partsOf?.(job).find(({ runId }) => !told.has(runId));
      if (part) return `identifier ${part.delivery} of run ${part.runId} of job ${job.id} is not there`;
    }
    return undefined;
  }

  /** A person puts right what needs one, and lets jobs send their present members. */
  async #heal(): Promise<void> {
    await this.#actOn((n, job) => {
      if (this.#isInOrder(n, job) && !this.#world.plan.endsWithRuns) return undefined;
      return job.state.status === 'paused' ? 'restart' : 'run_now';
    });
  }

  /** A person approves what the guard has stopped: the present members. */
  async #approve(): Promise<void> {
    await this.#actOn((_, job) => (conditionOf(job.state) === 'needs_approval' ? 'run_anyway' : undefined));
  }

  async #actOn(actionOf: (n: number, job: StoredJob) => PersonAct['action'] | undefined): Promise<void> {
    let acting = 0;
    for (const [n, job] of this.#presentJobs()) {
      const action = actionOf(n, job);
      if (action === undefined) continue;
      acting += 1;
      void this.#world.act(n, action).finally(() => {
        acting -= 1;
      });
    }
    await this.#world.timeline.run(() => acting === 0);
  }

  *#presentJobs(): Generator<[n: number, job: StoredJob]> {
    for (const [n, id] of this.#world.jobIds.entries()) {
      const job = this.#world.storage.rows.jobs.get(id ?? '');
      if (job && job.state.status !== 'killed') yield [n, job];
    }
  }

  #isInOrder(n: number, job: StoredJob): boolean {
    const { status } = job.state;
    return (status === 'sleeping' || status === 'completed') && this.#world.differenceOf(n, job) === undefined;
  }

  /**
   * The calendar goes on until everybody has left who came before. Each job runs again, and its audience then has
   * exactly the members of the source: all of them come again, and nobody has stayed.
   */
  async #age(): Promise<void> {
    const { timeline, plan } = this.#world;
    const days = Math.max(...plan.jobs.map(({ memberDays = 0 }) => memberDays));
    this.#moveTo(timeline.wall + days * DAY_MS + HOUR_MS);
    await this.#actOn((_, { state }) => (state.status === 'paused' ? 'restart' : 'run_now'));
    await this.#rest('when all members have left by their age');
    this.#checkEnd();
    for (const [n, job] of this.#presentJobs()) {
      if (this.#needsDecision(job) || job.configuration.split) continue;
      const difference = this.#world.atDestination.exactDifferenceOf?.(job, this.#world.linesOf(n));
      if (difference) throw new ViolationError('age', `all have left who came before, and ${difference}`);
    }
  }

  /** The chore deletes the fingerprints that nobody needs. */
  async #tidy(): Promise<void> {
    let names: readonly string[] | undefined;
    void this.#world.tidyFingerprints().then((left) => {
      names = left;
    });
    await this.#world.timeline.run(() => names !== undefined);
    this.#world.turnovers.checkFiles(names ?? [], (id) => this.#world.storage.rows.jobs.has(id));
  }

  #checkEnd(): void {
    this.#world.triggers.checkEnd();
    this.#world.runs.checkFolds((runId) => this.#world.storage.rows.events.get(runId) ?? []);
    for (const [n, job] of this.#presentJobs()) {
      for (const made of this.#world.atDestination.madeBy(job.id).values()) {
        if (made.length > 1)
          throw new ViolationError('two_audiences', `job ${job.id} has made ${made.length} audiences`);
      }
      if (this.#needsDecision(job)) continue;
      const difference = this.#world.differenceOf(n, job);
      if (difference) throw new ViolationError('end', `job ${job.id} is ${conditionOf(job.state)}, and ${difference}`);
    }
  }

  #needsDecision({ state: { error } }: StoredJob): boolean {
    if (error?.code === 'audience_unusable' && this.#world.plan.lyAds) return false;
    return DECISIONS.has(error?.code ?? '');
  }
}
