/**
 * Plays many histories, on all cores: one worker thread each, which takes the next few seeds when it has played the
 * last ones.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { anyPlanOf, type DestinationName, playAny } from './kinds.ts';
import { playOnPglite } from './pglite/play.ts';

/** What was seen in the histories so far. */
export interface Tally {
  histories: number;
  /** Histories that were played on PGlite too. */
  onPglite: number;
  steps: number;
  /** How often each kind of fault has happened. */
  readonly faults: Map<string, number>;
  readonly transitions: Set<string>;
  readonly killedAt: Set<string>;
  /** How many runs have told who joins and leaves. */
  turnovers: number;
}

export interface Broken {
  readonly seed: number;
  readonly invariant: string;
  readonly isOnPglite: boolean;
}

export interface ManyOptions {
  /** @default LINE Ads */
  readonly destination?: DestinationName | undefined;
  /** The first seed. */
  readonly from: number;
  /** How many seeds. May be infinite. */
  readonly count: number;
  readonly threads: number;
  /** Called after every so many histories. @returns whether to go on */
  readonly onProgress: (tally: Tally) => boolean;
  /** Called with each history that broke a promise, as soon as it is known. */
  readonly onBroken?: (broken: Broken) => void;
}

export const newTally = (): Tally => ({
  histories: 0,
  onPglite: 0,
  steps: 0,
  faults: new Map(),
  transitions: new Set(),
  killedAt: new Set(),
  turnovers: 0,
});

/** Each history of the service whose seed is a multiple of it is played on PGlite too. */
const PGLITE_EVERY = 1_000;

/** The seeds that a thread plays next. */
interface Order {
  readonly destination: DestinationName | undefined;
  readonly first: number;
  readonly count: number;
}

/** Histories between two reports of a thread. */
const BATCH = 25;

/** @returns what was seen, and the histories that broke a promise */
export async function playMany({
  destination,
  from,
  count,
  threads,
  onProgress,
  onBroken,
}: ManyOptions): Promise<{ tally: Tally; broken: Broken[] }> {
  const tally = newTally();
  const broken: Broken[] = [];
  let next = from;
  let end = from + count;
  const give = (worker: Worker): void => {
    const order: Order = { destination, first: next, count: Math.min(BATCH, end - next) };
    next += order.count;
    if (order.count > 0) worker.postMessage(order);
    else void worker.terminate();
  };
  await Promise.all(
    Array.from({ length: threads }, () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { playsHistories: true } });
      worker.on('message', (report: Broken | Tally) => {
        if ('seed' in report) {
          broken.push(report);
          onBroken?.(report);
          return;
        }
        merge(tally, report);
        if (!onProgress(tally)) end = next;
        give(worker);
      });
      give(worker);
      return new Promise<void>((resolve, reject) => {
        worker.on('error', reject);
        worker.on('exit', () => resolve());
      });
    }),
  );
  return { tally, broken: broken.sort((a, b) => a.seed - b.seed) };
}

export function merge(into: Tally, more: Tally): void {
  into.histories += more.histories;
  into.onPglite += more.onPglite;
  into.steps += more.steps;
  into.turnovers += more.turnovers;
  for (const [kind, count] of more.faults) into.faults.set(kind, (into.faults.get(kind) ?? 0) + count);
  for (const line of more.transitions) into.transitions.add(line);
  for (const entry of more.killedAt) into.killedAt.add(entry);
}

/**
 * Plays some histories one after another.
 * @param onBroken called with each one that broke a promise, as soon as it is known
 */
export async function playSome(
  seeds: Iterable<number>,
  onBroken: (broken: Broken) => void,
  destination?: DestinationName,
): Promise<Tally> {
  const tally = newTally();
  for (const seed of seeds) {
    const plan = anyPlanOf(seed, destination);
    const { violation, steps, coverage } = await playAny(plan);
    merge(tally, { histories: 1, onPglite: 0, steps, turnovers: 0, ...coverage } as Tally);
    if (violation) onBroken({ seed, invariant: violation.invariant, isOnPglite: false });
    if ('kind' in plan || seed % PGLITE_EVERY !== 0) continue;
    const { violation: onPglite } = await playOnPglite(plan);
    tally.onPglite += 1;
    if (onPglite) onBroken({ seed, invariant: onPglite.invariant, isOnPglite: true });
  }
  return tally;
}

if (!isMainThread && workerData?.playsHistories) {
  // Most errors of a history are expected, and nobody reads their stacks. A replay of a seed has them.
  Error.stackTraceLimit = 0;
  parentPort?.on('message', async ({ destination, first, count }: Order) => {
    const report = (message: Broken | Tally) => parentPort?.postMessage(message);
    report(
      await playSome(
        Array.from({ length: count }, (_, n) => first + n),
        report,
        destination,
      ),
    );
  });
}
