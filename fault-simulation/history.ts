/**
 * Plays one history: builds the world of a plan, lets people act and things break, then stops all faults and looks whether
 * everything comes to rest as it must. The invariants are checked after every step.
 */

import { normalize } from '../packages/identifiers/src/normalize.ts';
import { LineupError } from '../src/contracts/errors.ts';
import type { EventLog, LogFields } from '../src/contracts/event-log.ts';
import { conditionOf, remedyOf } from '../src/contracts/job-display.ts';
import type { StoredJob } from '../src/contracts/job-store.ts';
import { Process } from './engine/process.ts';
import { Random } from './engine/random.ts';
import { Timeline } from './engine/timeline.ts';
import { JobInvariants } from './invariants/jobs.ts';
import { LineInvariants } from './invariants/line.ts';
import { checkBytes, checkText } from './invariants/raw-values.ts';
import { type KnownRun, Runs } from './invariants/runs.ts';
import { Violation } from './invariants/violation.ts';
import { MemoryDatabase, type Writes } from './memory/database.ts';
import { Disk } from './memory/run-folder.ts';
import { Faults } from './world/faults.ts';
import { keys, LineSide } from './world/line.ts';
import { formOf, People } from './world/people.ts';
import type { JobPlan, Plan } from './world/plan.ts';
import type { Plants } from './world/plants.ts';
import { Service } from './world/service.ts';
import { SourceWorld } from './world/source.ts';

export interface Outcome {
  readonly violation: Violation | undefined;
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
}

export interface PlayOptions {
  readonly isTraced?: boolean;
  /** Mistakes for a test, in all processes. @default none */
  readonly plant?: Plants;
}

export async function play(plan: Plan, options: PlayOptions = {}): Promise<Outcome> {
  const history = new History(plan, options);
  let violation: Violation | undefined;
  try {
    await history.play();
  } catch (error) {
    violation =
      error instanceof Violation
        ? error
        : new Violation('crash', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return { violation, ...history.result() };
}

/** How long a history may take in machine time, after the last fault. */
const LONGEST_REST_MS = 24 * 3_600_000;
/** Steps in which things break. After that, faults that have not happened are left out. */
const MOST_BROKEN_STEPS = 4_000;
const DAY_MS = 86_400_000;

class History {
  readonly #plan: Plan;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #database: MemoryDatabase;
  readonly #line: LineSide;
  readonly #sources: readonly SourceWorld[];
  readonly #faults: Faults;
  readonly #runs: Runs;
  readonly #lineInvariants: LineInvariants;
  readonly #jobInvariants = new JobInvariants();
  readonly #disks = new Map<Service, Disk>();
  readonly #allDisks: Disk[] = [];
  readonly #workers: Service[] = [];
  readonly #people: People;
  readonly #trace: string[] = [];
  readonly #isTraced: boolean;
  readonly #plant: Plants;
  /** The ids of the jobs, by their numbers in the plan. */
  readonly #jobIds: (string | undefined)[] = [];
  /** Errors that only a step can throw. */
  #failure: unknown;
  #isLineDirty = true;
  #lineCheckedAt = -1;
  #actsLeft: number;
  #started = 0;
  /** Slots of schedules to which the calendar has moved. */
  #slots = 0;
  #busyAt = -1;
  #isBusyThen = true;

  constructor(plan: Plan, { isTraced = false, plant = {} }: PlayOptions) {
    this.#plan = plan;
    this.#plant = plant;
    this.#isTraced = isTraced;
    this.#actsLeft = plan.people.length;
    this.#timeline = new Timeline(new Random(plan.seed, 'order'), new Date(plan.start));
    this.#random = new Random(plan.seed, 'ids');
    const timeline = this.#timeline;
    this.#database = new MemoryDatabase((lock) => timeline.unlock(lock));
    this.#database.onCommit = (writes) => this.#guarded(() => this.#onCommit(writes));
    this.#line = new LineSide(timeline, plan);
    this.#sources = plan.jobs.map((job, n) => {
      const breaks = plan.faults.flatMap((fault) =>
        fault.kind === 'source_breaks' && fault.job === n ? [fault] : [],
      );
      return new SourceWorld(job, breaks);
    });
    this.#faults = new Faults(plan, {
      timeline,
      workers: () => this.#workers.filter(({ process }) => !process.isDead),
      diskOf: (worker) => this.#disks.get(worker)!,
      startWorker: (disk) => this.#startWorker(disk),
      deleteAudience: (job) =>
        this.#withAudience(job, (id) => {
          this.#line.world.state.deleteAudience(id);
          this.#lineInvariants.hasDeleted = true;
        }),
      renameAudience: (job) =>
        this.#withAudience(job, (id) => {
          const audience = this.#line.world.state.audience(id);
          if (audience) audience.name = `${audience.name} (renamed)`;
        }),
      revokeKey: (key, forMs) =>
        this.#line.world.state.revokeKey(keys[key]!.accessKey, timeline.wall + forMs),
      random: () => this.#random.next(),
    });
    this.#runs = new Runs({
      stagedFiles: (runId, file) =>
        this.#allDisks.flatMap(({ written }) => written.get(`${runId}/${file}`) ?? []),
      truthOf: (run) => this.#truthsOf(run),
    });
    const existing = plan.jobs.map((job, n) =>
      job.existing === null ? null : this.#line.addAudience(`Existing ${n}`, job),
    );
    this.#lineInvariants = new LineInvariants({
      state: this.#line.world.state,
      runs: this.#runs,
      now: () => timeline.now,
      holds: (process, runId) => {
        const lease = this.#database.rows.leases.get(`run:${runId}`);
        return lease !== undefined && lease.holder === process && lease.expiresAt > timeline.now;
      },
      lastGood: (audienceId) => this.#lastGood(audienceId),
    });
    this.#line.onSend = (request) => {
      this.#guarded(() => {
        if (request.body) checkBytes('a request to LINE', request.body);
        this.#lineInvariants.onSend(request);
      });
    };
    this.#line.onAnswer = () => {
      this.#isLineDirty = true;
    };
    timeline.onStep = () => this.#onStep();
    timeline.onEvent = (process, what) => this.#note(process?.name ?? '-', what);
    const api = this.#service(new Process(timeline, 'api', plan.seed), new Disk());
    this.#people = new People(api);
    for (const [n, job] of plan.jobs.entries()) void this.#create(n, job, existing[n] ?? null);
    for (let n = 0; n < plan.workers; n += 1) this.#startWorker(undefined);
    for (const act of plan.people) {
      timeline.schedule(null, `a person: ${act.action} job ${act.job}`, act.afterMs, () => {
        void this.#act(act.job, act.action).finally(() => {
          this.#actsLeft -= 1;
        });
      });
    }
  }

  async play(): Promise<void> {
    await this.#timeline.run(() => this.#isBrokenEnough());
    this.#note('-', 'no more faults');
    this.#faults.calm();
    this.#line.calm();
    for (const source of this.#sources) source.isCalm = true;
    if (this.#workers.every(({ process }) => process.isDead)) this.#startWorker(undefined);
    await this.#rest('when the faults have stopped');
    await this.#heal();
    await this.#rest('when people have put right what needs them');
    this.#checkEnd();
  }

  result() {
    const { counts, killedAt } = this.#faults;
    const all = new Map<string, number>(counts);
    for (const { faults } of this.#line.world.state.requests) {
      for (const kind of faults)
        if (kind !== 'job_late') all.set(`line ${kind}`, (all.get(`line ${kind}`) ?? 0) + 1);
    }
    const coverage: Coverage = { faults: all, transitions: this.#jobInvariants.crossed, killedAt };
    return { steps: this.#timeline.steps, trace: this.#trace, coverage };
  }

  // The world

  #startWorker(disk: Disk | undefined): void {
    this.#started += 1;
    const process = new Process(this.#timeline, `worker-${this.#started}`, this.#plan.seed);
    const worker = this.#service(process, disk ?? new Disk());
    this.#workers.push(worker);
    worker.start();
  }

  #service(process: Process, disk: Disk): Service {
    const plan = this.#plan;
    if (!this.#allDisks.includes(disk)) this.#allDisks.push(disk);
    disk.onWrite = (bytes) => this.#guarded(() => checkBytes('a staged file', bytes));
    const created = new Service({
      process,
      plant: this.#plant,
      database: this.#database,
      databaseNow: () => this.#timeline.now,
      disk,
      line: this.#line,
      pace: plan.pace,
      log: this.#logOf(process),
      perform: (one, what, work) => this.#faults.perform(one, what, work),
      performWithin: (one, what, work) => this.#faults.performWithin(one, what, work),
      sourceOf: (segment) => this.#sources[Number(segment.slice('segment-'.length))]!,
      keyOf: (authorizationId) => Number(authorizationId.slice('key-'.length)),
      chunkRecordsOf: (job) => this.#planOf(job).chunkRecords,
      newJobId: () => `job_${this.#random.text(16)}`,
      newRunId: (now) =>
        `${now.toISOString().replaceAll(/[-:]/g, '').slice(0, 15).replace('T', '-')}-${this.#random.text(6)}`,
    });
    this.#disks.set(created, disk);
    return created;
  }

  #logOf(process: Process): EventLog {
    return {
      record: (event, fields: LogFields = {}) => {
        const { err, ...shown } = fields;
        const text = `${event} ${JSON.stringify(shown)}${err ? ` ${describe(err)}` : ''}`;
        this.#guarded(() => checkText('the log', text));
        this.#note(process.name, `log ${text}`);
      },
    };
  }

  async #create(n: number, job: JobPlan, audienceId: string | null): Promise<void> {
    while (this.#jobIds[n] === undefined) {
      try {
        this.#jobIds[n] = await this.#people.create(formOf(job, n, audienceId));
      } catch (error) {
        // While the database is away, the person tries again. A lost answer is found in the list of jobs.
        this.#note('-', `not created: ${describe(error)}`);
        await this.#timeline.operation(null, 'the person waits', () => {}, 5_000);
        this.#jobIds[n] = this.#jobs().find(({ name }) => name === `Job ${n}`)?.id;
      }
    }
  }

  async #act(n: number, action: Parameters<People['act']>[1]): Promise<void> {
    const id = this.#jobIds[n];
    if (id === undefined) return;
    try {
      await this.#people.act(id, action);
    } catch (error) {
      // A refusal, or a database that is away.
      this.#note('-', `refused: ${describe(error)}`);
    }
  }

  #planOf({ configuration }: Pick<StoredJob, 'configuration'>): JobPlan {
    return this.#plan.jobs[Number(configuration.segment_id.slice('segment-'.length))]!;
  }

  #withAudience(n: number, work: (id: string) => void): void {
    const job = this.#database.rows.jobs.get(this.#jobIds[n] ?? '');
    if (job?.audienceId) work(job.audienceId);
  }

  // The course of a history

  #onStep(): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#faults.onStep();
    const { now } = this.#timeline;
    if (this.#isLineDirty || this.#lineCheckedAt !== now) {
      this.#isLineDirty = false;
      this.#lineCheckedAt = now;
      this.#lineInvariants.check();
    }
  }

  #isBrokenEnough(): boolean {
    if (this.#timeline.steps > MOST_BROKEN_STEPS) return true;
    if (this.#isBusy()) return false;
    if (this.#moveTo(this.#nextRetry())) return false;
    if (this.#actsLeft > 0) return false;
    return this.#slots >= (this.#faults.areOver ? 1 : 2) || !this.#moveToNextSlot();
  }

  #moveToNextSlot(): boolean {
    this.#slots += 1;
    const times = this.#jobs().flatMap(({ state }) =>
      state.status === 'sleeping' && state.sleepUntil ? [state.sleepUntil.getTime()] : [],
    );
    const next = Math.min(...times);
    return next - this.#timeline.wall < 40 * DAY_MS && this.#moveTo(next);
  }

  /** The calendar goes on to a time, until which nothing happens. @returns whether it did */
  #moveTo(time: number): boolean {
    if (!Number.isFinite(time)) return false;
    this.#note('-', `the calendar moves to ${new Date(time).toISOString()}`);
    this.#timeline.moveWall(Math.max(0, time - this.#timeline.wall));
    return true;
  }

  /** Whether a run goes on or waits, or a job is due. */
  #isBusy(): boolean {
    if (this.#busyAt === this.#database.version && this.#isBusyThen) {
      // Nothing was saved since.
      return true;
    }
    this.#busyAt = this.#database.version;
    this.#isBusyThen = this.#findBusy();
    return this.#isBusyThen;
  }

  #findBusy(): boolean {
    if (this.#jobIds.filter((id) => id !== undefined).length < this.#plan.jobs.length) return true;
    for (const { state } of this.#database.rows.jobs.values()) {
      if (state.status === 'runnable') return true;
      if (
        state.status === 'sleeping' &&
        state.sleepUntil &&
        state.sleepUntil.getTime() <= this.#timeline.wall
      )
        return true;
    }
    for (const { status } of this.#database.rows.runs.values()) {
      if (status === 'queued' || status === 'running') return true;
    }
    return false;
  }

  /** When the next job is tried again after an error; infinite when none waits for that. */
  #nextRetry(): number {
    const times = this.#jobs().flatMap(({ state }) => {
      const { slot, sleepUntil } = state;
      if (state.status !== 'sleeping' || !sleepUntil || (slot && sleepUntil >= slot)) return [];
      return conditionOf(state) === 'retrying' || conditionOf(state) === 'waiting'
        ? [sleepUntil.getTime()]
        : [];
    });
    return Math.min(...times);
  }

  /** Lets everything come to rest: no run goes on, and no job is about to be tried again. */
  async #rest(when: string): Promise<void> {
    const { now, wall } = this.#timeline;
    await this.#timeline.run(() => {
      if (this.#timeline.now > now + LONGEST_REST_MS || this.#timeline.wall > wall + 2 * LONGEST_REST_MS) {
        const busy = this.#jobs()
          .map(({ id, state }) => `${id} ${conditionOf(state)}`)
          .join(', ');
        throw new Violation('liveness', `not everything comes to rest ${when}: ${busy}`);
      }
      return !this.#isBusy() && !this.#moveTo(this.#nextRetry());
    });
  }

  /** A person puts right what needs one, and lets each job send its present members. */
  async #heal(): Promise<void> {
    for (const [n, id] of this.#jobIds.entries()) {
      const job = this.#database.rows.jobs.get(id ?? '');
      if (!job || job.state.status === 'killed') continue;
      const condition = conditionOf(job.state);
      void this.#act(
        n,
        condition === 'needs_approval' ? 'run_anyway' : job.state.status === 'paused' ? 'restart' : 'run_now',
      );
    }
    const { now } = this.#timeline;
    await this.#timeline.run(() => this.#timeline.now > now + 60_000);
  }

  #checkEnd(): void {
    this.#runs.checkFolds((runId) => this.#database.rows.events.get(runId) ?? []);
    for (const [n, id] of this.#jobIds.entries()) {
      const job = this.#database.rows.jobs.get(id ?? '');
      if (!job || job.state.status === 'killed') continue;
      const made = this.#lineInvariants.madeBy(job.id);
      if (made.length > 1)
        throw new Violation('two_audiences', `job ${job.id} has made ${made.length} audiences`);
      const [audienceId = job.audienceId] = [job.audienceId];
      const { members } = this.#sources[n]!;
      const wanted = linesOf(this.#plan.jobs[n]!.identifier, members);
      // What people must decide: an empty result, a guard, an audience that somebody else deleted.
      if (wanted.length === 0 || remedyOf(job.state.error) || job.state.status === 'failed') continue;
      const held = audienceId === null ? undefined : this.#lineInvariants.membersOf(audienceId);
      if (!held || held.join('\n') !== wanted.toSorted().join('\n')) {
        throw new Violation(
          'end',
          `job ${job.id} is ${conditionOf(job.state)}, and LINE holds ${held?.length ?? 'no audience'} instead of its ${wanted.length} members`,
        );
      }
    }
  }

  #jobs(): StoredJob[] {
    return [...this.#database.rows.jobs.values()];
  }

  // What the invariants need

  #onCommit(writes: Writes): void {
    for (const job of writes.jobs.values()) if (job) this.#runs.onJob(job);
    for (const run of writes.runs.values()) if (run) this.#runs.onRun(run, this.#timeline.now);
    for (const [id, events] of writes.events) {
      const run = this.#database.rows.runs.get(id);
      if (!events || !run) continue;
      const fresh = this.#runs.onJournal(id, { jobId: run.job_id, waivesGuard: run.waives_guard }, events);
      for (const event of fresh) {
        const text = JSON.stringify(event);
        checkText('a journal', text);
        this.#note('-', `journal of ${id}: ${text}`);
      }
    }
    for (const [id, log] of writes.transitions) {
      const job = this.#database.rows.jobs.get(id);
      if (log && job) this.#jobInvariants.check(job, log);
    }
    if (writes.messages.size > 0) {
      for (const worker of this.#workers) {
        // Like everything that comes from outside, a notification arrives as an event of its own.
        if (!worker.process.isDead)
          this.#timeline.schedule(worker.process, 'notified', 0, () => worker.notify());
      }
    }
    for (const event of writes.outbox.values()) checkText('a notification', JSON.stringify(event));
  }

  #truthsOf({ state }: KnownRun) {
    const n = Number(state.request.source.label.slice('segment-'.length));
    const { members, changes, identifier } = this.#plan.jobs[n]!;
    return [members, ...changes.map((change) => change.members)].map((values) => ({
      scanned: values.length,
      lines: linesOf(identifier, values),
    }));
  }

  #lastGood(audienceId: string): number | undefined {
    const done = [...this.#runs.all.values()].filter(
      ({ state }) => state.audienceId === audienceId && state.status === 'succeeded',
    );
    const last = done.toSorted((a, b) => (a.state.endedAt ?? '').localeCompare(b.state.endedAt ?? '')).at(-1);
    return last?.state.staged?.counts.unique;
  }

  /** Errors of a check come up at the next step, and not in the code that is checked. */
  #guarded(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#failure ??= error;
    }
  }

  #note(who: string, what: string): void {
    if (!this.#isTraced) return;
    const { steps, now, wall } = this.#timeline;
    this.#trace.push(`${steps} ${now} ${new Date(wall).toISOString()} ${who} ${what}`);
  }
}

const describe = (error: unknown): string =>
  error instanceof LineupError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error);

/** The lines that LINE must get for these values, in the order of the source. */
function linesOf(type: 'email' | 'ifa', values: readonly string[]): string[] {
  const lines = new Set<string>();
  for (const value of values) {
    const outcome = normalize(value, { type });
    if (outcome.state !== 'missing' && outcome.state !== 'invalid') lines.add(outcome.output);
  }
  return [...lines];
}
