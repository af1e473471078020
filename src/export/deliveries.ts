/**
 * The deliveries of a run, each with a context as if the run had no other. So a delivery is uploaded in the same way,
 * whether it is alone or goes to LINE at the same time as others.
 */
import type { RunJournal, WaitOptions, WorkPlace } from '../contracts/ports.ts';
import type { RunEvent } from '../domain/runs/run-events.ts';
import { deliveriesOf, deliveryOf, type RunState } from '../domain/runs/run-state.ts';
import type { ExportContext, ExportProgress } from './context.ts';

/** The context of each delivery. They share the run's journal, its limits and its place. */
export function contextsOf(context: ExportContext): ExportContext[] {
  const { journal, place, onProgress } = context;
  if (journal.state.siblings.length === 0) return [context];
  const deliveries = deliveriesOf(journal.state);
  const append = inTurn((event: RunEvent) => journal.append(event));
  const shared = new SharedPlace(place);
  return deliveries.map(({ delivery }) => ({
    ...context,
    journal: new DeliveryJournal(journal, delivery, append),
    place: shared.forOne(),
    onProgress: (progress) => onProgress(ofDelivery(progress, delivery)),
  }));
}

const ofDelivery = (progress: ExportProgress, delivery: number): ExportProgress =>
  delivery === 1 || progress.stage === 'scan' || progress.stage === 'suppression'
    ? progress
    : { ...progress, delivery };

/** The name of a delivery's audience for people. */
export const audienceOf = ({ audienceName, audienceId }: RunState): string => audienceName ?? audienceId ?? '';

/** One delivery's view of the journal of its run. */
class DeliveryJournal implements RunJournal {
  readonly #journal: RunJournal;
  readonly #delivery: number;
  readonly #append: (event: RunEvent) => Promise<void>;

  constructor(journal: RunJournal, delivery: number, append: (event: RunEvent) => Promise<void>) {
    this.#journal = journal;
    this.#delivery = delivery;
    this.#append = append;
  }

  get state(): RunState {
    return deliveryOf(this.#journal.state, this.#delivery);
  }

  get staged() {
    return this.#journal.staged;
  }

  append(event: RunEvent): Promise<void> {
    return this.#append(this.#delivery === 1 ? event : ({ ...event, delivery: this.#delivery } as RunEvent));
  }

  assertHeld(): void {
    this.#journal.assertHeld();
  }
}

/** A journal takes one event at a time. */
function inTurn<Given>(work: (given: Given) => Promise<void>): (given: Given) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return (given) => {
    const done = last.then(() => work(given));
    last = done.catch(() => {});
    return done;
  };
}

/** The place of a run. It leaves it when one delivery begins to wait, and no other one works. */
class SharedPlace {
  readonly #place: WorkPlace;
  /** How many deliveries work. */
  #inside = 0;

  constructor(place: WorkPlace) {
    this.#place = place;
  }

  forOne(): WorkPlace {
    let isInside = false;
    const leave = () => {
      if (isInside) this.#inside -= 1;
      isInside = false;
      if (this.#inside === 0) this.#place.leave();
    };
    const take = async (options?: WaitOptions) => {
      if (!isInside) this.#inside += 1;
      isInside = true;
      try {
        await this.#taken(options);
      } catch (error) {
        leave();
        throw error;
      }
    };
    return { take, leave };
  }

  /** Two deliveries that wait at the same time take one place. */
  #taking: Promise<void> | undefined;
  #taken(options?: WaitOptions): Promise<void> {
    this.#taking ??= this.#place.take(options).finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }
}
