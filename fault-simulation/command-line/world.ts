/**
 * The world of a history of the command line: builds what the plan names, connects it with the invariants, and keeps
 * the trace.
 */
import type { RunDocument } from '../../src/domain/runs/run.ts';
import { type RunEvent, readRunEvent } from '../../src/domain/runs/run-events.ts';
import { Process } from '../engine/process.ts';
import { Random } from '../engine/random.ts';
import { LineInvariants } from '../invariants/line.ts';
import { checkBytes } from '../invariants/raw-values.ts';
import { type KnownRun, Runs } from '../invariants/runs.ts';
import { ViolationError } from '../invariants/violation.ts';
import { LineAdsSide } from '../world/destinations/line-ads.ts';
import { truthsOf } from '../world/expected-lines.ts';
import { type PlayOptions, World } from '../world/world.ts';
import { Command, type Ending } from './command.ts';
import { CommandLineFaults } from './faults.ts';
import { DATA, journalOf, lockOf, Machine } from './machine.ts';
import { type Audience, Person } from './person.ts';
import type { CommandLinePlan, ExportPlan } from './plan.ts';

export class CommandLineWorld extends World<CommandLinePlan, LineAdsSide> {
  readonly people: readonly Person[];
  readonly faults: CommandLineFaults;
  readonly atDestination: LineInvariants;
  readonly #runs: Runs;
  /** The journals as far as they are on a disk for certain. */
  readonly #journals = new Map<string, readonly RunEvent[]>();
  /** How many bytes of each journal were read. */
  readonly #readTo = new Map<string, number>();
  /** Where each run was started. */
  readonly #machineOf = new Map<string, Machine>();
  readonly #commands: Command[] = [];
  #machine: Machine;
  #machines = 0;

  constructor(plan: CommandLinePlan, options: PlayOptions) {
    super(plan, options, (timeline) => new LineAdsSide(timeline, plan));
    const { timeline, destination } = this;
    const chances = new Random(plan.seed, 'faults');
    this.#machine = this.#newMachine();
    const audiences = this.#audiences();
    this.people = plan.jobs.map(
      (job, n) =>
        new Person(
          n,
          job,
          audiences[n]!,
          plan.people.filter((habit) => habit.job === n),
          {
            give: (work) => this.#give(work),
            wait: (ms) => timeline.operation(null, 'a person waits', () => {}, ms),
            audienceNamed: (name) => destination.world.state.audiences().find((audience) => audience.name === name)?.id,
            onError: (error) => this.fail(error),
          },
        ),
    );
    this.#runs = new Runs({
      stagedFiles: (runId, file) => this.#candidatesFor(runId, file),
      truthOf: ({ state }) => truthsOf(this.#jobOf(state)),
    });
    this.atDestination = new LineInvariants({
      state: destination.world.state,
      runs: this.#runs,
      hasDeleted: () => destination.hasDeleted,
      now: () => timeline.now,
      holds: (process, runId) => this.#machineOf.get(runId)?.holds(process, lockOf(runId)) ?? false,
      // Other machines do not know of a run.
      lastGood: (audienceId, { id }) =>
        this.#runs.lastGood(audienceId, (run) => this.#machineOf.get(run.id) === this.#machineOf.get(id)),
      // No run has a job, and alert rules are those of one.
      rulesOf: () => undefined,
      fills: () => false,
    });
    this.faults = new CommandLineFaults(plan, {
      timeline,
      commands: () => this.#running(),
      machine: () => this.#machine,
      changeMachine: () => {
        this.#machine = this.#newMachine();
        return this.#machine;
      },
      destination,
      audienceOf: (job) => this.people[job]?.audienceIds[0],
      random: () => chances.next(),
    });
    for (const person of this.people) void person.work();
  }

  /** The audiences of each export, one for each of its deliveries. */
  #audiences(): Audience[][] {
    const own = this.plan.jobs.map((job, n) => {
      if (job.sharesAudience) return undefined;
      return [job, ...(job.siblings ?? [])].map((delivery, field): Audience => {
        const name = field === 0 ? `${n}` : `${n} sibling ${field}`;
        return delivery.existing === null
          ? { name: `Audience ${name}` }
          : { id: this.destination.addAudience(`Existing ${name}`, { ...job, ...delivery }) };
      });
    });
    return own.map((audiences) => audiences ?? own[0]!);
  }

  #newMachine(): Machine {
    this.#machines += 1;
    const machine = new Machine(`machine-${this.#machines}`, this.plan.seed);
    machine.disk.onWrite = (path, bytes) => this.guarded(() => checkBytes(path, bytes));
    machine.disk.onSync = (path) => this.guarded(() => this.#readJournals(machine, path));
    machine.disk.aroundSync = (process, path, sync) => {
      if (runOfJournal(path) === undefined) return sync();
      this.faults.aroundEntry(process.name, typeOf(lastEntryIn(machine.disk.content(path))), sync);
    };
    return machine;
  }

  /** Starts a process on the machine where people work now, once it is on. */
  async #give(work: (command: Command) => Promise<RunDocument>): Promise<Ending> {
    while (this.#machine.downUntil > this.timeline.now) {
      const left = this.#machine.downUntil - this.timeline.now;
      await this.timeline.operation(null, 'the machine starts', () => {}, left);
    }
    const machine = this.#machine;
    const process = new Process(this.timeline, `lineup-${this.#commands.length + 1}`, this.plan.seed);
    process.clockErrorMs = machine.clockErrorMs;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const command = new Command({
      onEnd: (ending) => this.timeline.schedule(null, `a command ends: ${ending.kind}`, 0, () => resolve(ending)),
      process,
      machine,
      destination: this.destination,
      key: 0,
      log: this.logOf(process),
      pollIntervalMs: this.plan.pollIntervalMs,
      sourceOf: (location) =>
        location.startsWith('/list/')
          ? this.lists[Number(location.slice('/list/'.length))]!
          : this.sources[Number(location.slice('/members/'.length))]!,
      plant: this.options.plant ?? {},
    });
    this.#commands.push(command);
    command.begin(work);
    return promise;
  }

  #running(): Command[] {
    return this.#commands.filter(({ process }) => !process.isDead);
  }

  /** Something was synced on a machine, or its power has failed. */
  #readJournals(machine: Machine, path: string): void {
    const runId = runOfJournal(path);
    if (runId !== undefined) {
      this.#readJournal(machine, runId);
      return;
    }
    if (path.startsWith(`${DATA}/runs/`) && path.includes('/staged')) return;
    for (const id of machine.disk.names(`${DATA}/runs`)) this.#readJournal(machine, id);
    for (const id of this.#journals.keys()) {
      if (this.#machineOf.get(id) !== machine) continue;
      const left = machine.disk.durable(journalOf(id));
      if ((left?.length ?? 0) >= this.#readTo.get(id)!) continue;
      throw new ViolationError('journal', `the journal of run ${id} has lost entries that were on the disk`);
    }
  }

  #readJournal(machine: Machine, runId: string): void {
    const readTo = this.#readTo.get(runId) ?? 0;
    const content = machine.disk.durable(journalOf(runId))?.subarray(readTo);
    const end = content ? content.lastIndexOf(NEW_LINE) + 1 : 0;
    if (!content || end === 0) return;
    this.#readTo.set(runId, readTo + end);
    this.#machineOf.set(runId, machine);
    if (this.#runs.all.get(runId)?.state.status === 'succeeded')
      throw new ViolationError('journal', `run ${runId} goes on although it has succeeded`);
    const lines = Buffer.from(content.subarray(0, end)).toString('utf8').split('\n').slice(0, -1);
    const fresh = lines.map(asEvent);
    const events = [...(this.#journals.get(runId) ?? []), ...fresh];
    this.#journals.set(runId, events);
    this.#runs.onJournal(runId, { jobId: null }, events);
    for (const event of fresh) this.atDestination.onEvent(runId, event);
    for (const event of fresh) this.note('-', `journal of ${runId}: ${JSON.stringify(event)}`);
  }

  /** What may be in a staged file of the run, which is sealed on the disk. Its digest in the journal tells which. */
  #candidatesFor(runId: string, file: string): Uint8Array[] {
    const run = this.#runs.all.get(runId)!;
    const { chunkRecords } = run.state.request;
    const [, delivery = '1', chunk] = /^(?:(\d+)-)?chunk-(\d+)/.exec(file) ?? [];
    const from = (Number(chunk) - 1) * chunkRecords;
    const truths = truthsOf(this.#jobOf(run.state)).flatMap((version) => version[Number(delivery) - 1] ?? []);
    return truths.map(({ lines }) =>
      Buffer.from(
        lines
          .slice(from, from + chunkRecords)
          .map((line) => `${line}\n`)
          .join(''),
      ),
    );
  }

  #jobOf({ request }: KnownRun['state']): ExportPlan {
    return this.plan.jobs[Number(request.source.location?.slice('/members/'.length))]!;
  }

  /** What must hold in the end. */
  checkEnd(): void {
    this.#runs.checkFolds((runId) => this.#journals.get(runId) ?? []);
    for (const { id } of this.#runs.all.values()) {
      for (const made of this.atDestination.madeByRun(id).values()) {
        if (made.length > 1) throw new ViolationError('two_audiences', `run ${id} has made ${made.length} audiences`);
      }
    }
  }
}

/** The run of a journal, by its path. */
const runOfJournal = (path: string): string | undefined => /\/runs\/([^/]+)\/journal\.ndjson$/.exec(path)?.[1];

const NEW_LINE = 10;

/** The last complete line of a journal. */
function lastEntryIn(journal: Uint8Array | undefined): string | undefined {
  const end = journal?.lastIndexOf(NEW_LINE) ?? -1;
  if (!journal || end === -1) return undefined;
  const start = end === 0 ? 0 : journal.lastIndexOf(NEW_LINE, end - 1) + 1;
  return Buffer.from(journal.subarray(start, end)).toString('utf8');
}

function asEvent(line: string): RunEvent {
  try {
    return readRunEvent(JSON.parse(line));
  } catch (cause) {
    throw new ViolationError('journal', `a journal has the entry "${line}", which nobody can read: ${String(cause)}`);
  }
}

const typeOf = (line: string | undefined): string => /"type":"(\w+)"/.exec(line ?? '')?.[1] ?? 'nothing';
