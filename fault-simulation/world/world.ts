/**
 * What the worlds of all histories have: machine time, the destination, the sources of the plan, the checks of what is
 * sent, and the trace. A world of the service adds a storage and its processes, and a world of the command line adds
 * machines and people at terminals.
 */
import type { EventLog } from '../../src/contracts/event-log.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { Process } from '../engine/process.ts';
import { Random } from '../engine/random.ts';
import { Timeline } from '../engine/timeline.ts';
import type { AtDestination } from '../invariants/at-destination.ts';
import { checkBytes, checkText } from '../invariants/raw-values.ts';
import type { DestinationSide } from './destinations/side.ts';
import { deliveriesIn, holdOutOf, linesOf } from './expected-lines.ts';
import type { JobPlan } from './plan.ts';
import type { Fault, SourceAwayFault } from './planned-faults.ts';
import type { Plants } from './plants.ts';
import { SourceWorld } from './source.ts';
import { fieldsOf, identifierField } from './split-plan.ts';
import type { Storage } from './storage.ts';

export interface PlayOptions {
  readonly isTraced?: boolean;
  /** Mistakes for a test, in all processes. @default none */
  readonly plant?: Plants;
  /** How long everything may take to come to rest after the last fault, in machine time. @default a day */
  readonly longestRestMs?: number;
  /** Makes the storage of a service. @default in memory */
  readonly storageOf?: (timeline: Timeline) => Storage;
}

interface PlanOfWorld {
  readonly seed: number;
  /** Wall time at the beginning, ISO 8601. */
  readonly start: string;
  readonly jobs: readonly Omit<JobPlan, 'schedule'>[];
  readonly faults: readonly (Fault | { readonly kind: string })[];
}

/** Makes the faults of a plan happen. */
interface FaultsOfWorld {
  /** How often each kind has happened. */
  readonly counts: ReadonlyMap<string, number>;
  onStep(): void;
  calm(): void;
}

/** The field of a list that has none for an identifier. No run reads it. */
const NOBODY = { members: [], changes: [] };

export abstract class World<P extends PlanOfWorld, S extends DestinationSide = DestinationSide> {
  readonly plan: P;
  readonly timeline: Timeline;
  readonly destination: S;
  readonly sources: readonly SourceWorld[];
  /** The suppression list of each job. */
  readonly lists: readonly (SourceWorld | undefined)[];
  readonly trace: string[] = [];
  protected readonly options: PlayOptions;
  protected abstract readonly faults: FaultsOfWorld;
  protected abstract readonly atDestination: AtDestination;
  /** Errors that only a step can throw. */
  #failure: unknown;
  #isDestinationDirty = true;
  #checkedAt = -1;

  constructor(plan: P, options: PlayOptions, sideOf: (timeline: Timeline) => S) {
    this.plan = plan;
    this.options = options;
    this.timeline = new Timeline(new Random(plan.seed, 'order'), new Date(plan.start));
    this.destination = sideOf(this.timeline);
    this.sources = plan.jobs.map(
      (job, n) =>
        new SourceWorld(
          {
            fields: fieldsOf(job),
            resumable: job.resumable,
            block: job.block,
          },
          breaksOf(plan, n),
          awaysOf(plan, n),
        ),
    );
    this.lists = plan.jobs.map(
      ({ leftOut, siblings = [], block, split }) =>
        leftOut &&
        new SourceWorld(
          {
            fields: [leftOut, ...siblings.map(({ list }) => list ?? NOBODY)].map((values, n) => ({
              ...values,
              name: identifierField(n, split),
            })),
            resumable: false,
            block,
          },
          leftOut.breaks,
        ),
    );
    this.destination.onSend = (request) =>
      this.guarded(() => {
        if (request.body) checkBytes('a request to the destination', request.body);
        this.atDestination.onSend(request);
      });
    this.destination.onAnswer = () => {
      this.#isDestinationDirty = true;
    };
    this.timeline.onStep = () => this.#onStep();
    this.timeline.onEvent = (process, event) => this.note(process?.name ?? '-', event);
  }

  /** No further fault happens, and what is broken works again. */
  calm(): void {
    this.note('-', 'no more faults');
    this.faults.calm();
    this.destination.calm();
    for (const source of this.#read()) source.calm();
  }

  /** A line of the trace. */
  note(who: string, event: string): void {
    if (!this.options.isTraced) return;
    const { steps, now, wall } = this.timeline;
    this.trace.push(`${steps} ${now} ${new Date(wall).toISOString()} ${who} ${event}`);
  }

  /** How often each kind of fault has happened. */
  faultCounts(): Map<string, number> {
    const all = new Map(this.faults.counts);
    const add = (kind: string, more: number) => {
      if (more > 0) all.set(kind, (all.get(kind) ?? 0) + more);
    };
    for (const kind of this.destination.faults()) add(kind, 1);
    for (const { broken, away, changes } of this.#read()) {
      add('source_breaks', broken);
      add('source_away', away);
      add('source_changes', changes);
    }
    return all;
  }

  /** The lines that LINE must get of a job now, for each delivery. */
  linesOf(n: number): string[][] {
    const job = this.plan.jobs[n]!;
    return deliveriesIn(job).map((delivery, field) => {
      const list = delivery.list ? (this.lists[n]?.valuesOf(field) ?? []) : [];
      return linesOf(delivery, holdOutOf(job.leftOut), this.sources[n]!.valuesOf(field), list);
    });
  }

  #read(): SourceWorld[] {
    return [...this.sources, ...this.lists.filter((list) => list !== undefined)];
  }

  /** The log of a process. */
  protected logOf(process: Process): EventLog {
    return {
      record: (event, { err, ...shown } = {}) => {
        const text = `${event} ${JSON.stringify(shown)}${err ? ` ${describe(err)}` : ''}`;
        this.guarded(() => checkText('the log', text));
        this.note(process.name, `log ${text}`);
      },
    };
  }

  /** Errors of a check come up at the next step, and not in the code that is checked. */
  protected guarded(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.fail(error);
    }
  }

  /** The history ends with this error at its next step. */
  protected fail(error: unknown): void {
    this.#failure ??= error;
  }

  #onStep(): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.faults.onStep();
    const { now } = this.timeline;
    if (this.#isDestinationDirty || this.#checkedAt !== now) {
      this.#isDestinationDirty = false;
      this.#checkedAt = now;
      this.atDestination.check();
    }
  }
}

export const describe = (error: unknown): string =>
  error instanceof LineupError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error);

const awaysOf = ({ faults }: Pick<PlanOfWorld, 'faults'>, job: number): SourceAwayFault[] =>
  faults.flatMap((fault) => (fault.kind === 'source_away' && 'code' in fault && fault.job === job ? [fault] : []));

/** Where the scans of a source break off. */
function breaksOf({ faults }: Pick<PlanOfWorld, 'faults'>, job: number): { scan: number; block: number }[] {
  return faults.flatMap((fault) =>
    fault.kind === 'source_breaks' && 'block' in fault && fault.job === job ? [fault] : [],
  );
}
