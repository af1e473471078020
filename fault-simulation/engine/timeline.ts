/**
 * The order of everything in a history. Whatever a process waits for (a statement of the database, an answer of LINE, a
 * timer) is a *pending event* here. The timeline lets all code run until nothing more happens by itself. Then it takes
 * one event that may happen now, at random, and lets it happen. Time passes only when nothing else can happen, or when
 * the order says that what could happen is slow.
 *
 * There are two times. *Machine time* drives timers, leases and limits. *Wall time* is what calendars show; it can be
 * moved ahead on its own, so that a night in which nothing happens takes one step.
 */
import { ViolationError } from '../invariants/violation.ts';
import type { Random } from './random.ts';

/** Thrown by the work of an event that has to wait for a lock. It is done again when the lock is free. */
export class BlockedError extends Error {
  readonly lock: string;

  constructor(lock: string) {
    super(`waits for ${lock}`);
    this.lock = lock;
  }
}

/** Thrown by the work of an event whose process dies by it: nobody gets a result. */
export class VanishedError extends Error {}

/** Whose events these are. */
interface Actor {
  readonly name: string;
  /** Nothing happens in it before this machine time. */
  readonly frozenUntil: number;
}

interface Pending {
  /** Null for the world outside: LINE, people, the database's own time. */
  readonly process: Actor | null;
  readonly what: string;
  at: number;
  readonly work: () => void;
  /** The lock that it waits for. */
  blockedBy: string | null;
}

/**
 * The budget of a history. Most need some hundred events, and the longest of many thousands about 3,000. More mean an
 * endless loop.
 */
const MAX_EVENTS = 10_000;
/** How often an event that could happen now is late instead. */
const LATENESS = 0.03;
const MAX_LATE_MS = 5_000;
const TURNS_A_ROUND = 64;

export class Timeline {
  /** Machine time in milliseconds. */
  now = 0;
  /** Wall time minus machine time. */
  wallOffset: number;
  steps = 0;
  /** Called before each step, with nothing running. It may throw. */
  onStep: () => void = () => {};
  onEvent: (process: Actor | null, what: string) => void = () => {};
  readonly #random: Random;
  #pending: Pending[] = [];
  #happening: Pending | undefined;
  #isHeld = false;
  #actor: Actor | null = null;

  constructor(random: Random, start: Date) {
    this.#random = random;
    this.wallOffset = start.getTime();
  }

  /** Wall time in milliseconds since the epoch. */
  get wall(): number {
    return this.now + this.wallOffset;
  }

  /** Whose event happens now, or happened last. */
  get actor(): Actor | null {
    return this.#actor;
  }

  /** An event after `delayMs` of machine time. @returns a function that takes it back */
  schedule(process: Actor | null, event: string, delayMs: number, work: () => void): () => void {
    const pending: Pending = { process, what: event, at: this.now + Math.max(0, delayMs), work, blockedBy: null };
    this.#pending.push(pending);
    return () => this.#remove(pending);
  }

  /**
   * Something outside of a process that takes its time: a statement, an answer.
   * @param work done when it happens. When it throws `BlockedError`, it is done again later
   */
  operation<T>(process: Actor | null, event: string, work: () => T, delayMs = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      this.schedule(process, event, delayMs, () => {
        let result: T;
        try {
          result = work();
        } catch (error) {
          if (error instanceof BlockedError) throw error;
          if (!(error instanceof VanishedError)) reject(error);
          return;
        }
        resolve(result);
      });
    });
  }

  /** The same for work that needs turns of its own. Nothing else happens until it has ended. */
  exclusively<T>(process: Actor | null, event: string, work: () => Promise<T>, delayMs = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      this.schedule(process, event, delayMs, () => {
        this.#isHeld = true;
        void work()
          .then(resolve, (error: unknown) => {
            if (!(error instanceof VanishedError)) reject(error);
          })
          .finally(() => {
            this.#isHeld = false;
          });
      });
    });
  }

  /**
   * Moves the calendar ahead. Machine time stays, and with it leases and timers. Whoever waits for a moment looks
   * again.
   */
  moveWall(ms: number): void {
    this.wallOffset += ms;
    for (const pending of this.#pending) if (pending.what === 'until') pending.at = this.now;
  }

  /** Wakes the events that wait for a lock. */
  unlock(lock: string): void {
    for (const pending of this.#pending) if (pending.blockedBy === lock) pending.blockedBy = null;
  }

  /** Forgets everything that a dead process waited for. */
  forget(process: Actor): void {
    this.#pending = this.#pending.filter((pending) => pending.process !== process);
  }

  /**
   * Lets events happen until `isOver`. Each step has a turn of the event loop of its own, so that all code that can run
   * without an event has run before it.
   * @throws what `onStep` throws; {ViolationError} `endless` when it takes too many steps
   */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let isDone = false;
      const turn = () => {
        if (isDone || this.#isHeld) return;
        try {
          this.onStep();
          if (isOver()) {
            isDone = true;
            resolve();
            return;
          }
          this.steps += 1;
          if (this.steps > MAX_EVENTS)
            throw new ViolationError('endless', `the history did not end within ${MAX_EVENTS} events`);
          this.#step();
        } catch (error) {
          isDone = true;
          reject(error);
        }
      };
      // Many turns in one round of the event loop, because a round asks the system for news each time.
      const round = () => {
        if (isDone) return;
        for (let n = 0; n < TURNS_A_ROUND; n += 1) setImmediate(turn);
        setImmediate(round);
      };
      round();
    });
  }

  #step(): void {
    const possible: Pending[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const pending of this.#pending) {
      if (pending.blockedBy !== null) continue;
      const at = Math.max(pending.at, pending.process?.frozenUntil ?? 0);
      if (at <= this.now) possible.push(pending);
      else if (at < next) next = at;
    }
    const isLate = next - this.now <= MAX_LATE_MS && this.#random.chance(LATENESS);
    if (possible.length === 0 || isLate) {
      if (next === Number.POSITIVE_INFINITY)
        throw new ViolationError('liveness', 'everything waits, and nothing can happen');
      this.now = next;
      return;
    }
    const event = possible.length === 1 ? possible[0]! : this.#random.pick(possible);
    this.#remove(event);
    this.#happen(event);
  }

  #happen(event: Pending): void {
    this.#happening = event;
    this.#actor = event.process;
    try {
      event.work();
      this.onEvent(event.process, event.what);
    } catch (error) {
      if (!(error instanceof BlockedError)) throw error;
      event.blockedBy = error.lock;
      this.#pending.push(event);
    } finally {
      this.#happening = undefined;
    }
  }

  #remove(pending: Pending): void {
    if (pending === this.#happening) return;
    const at = this.#pending.indexOf(pending);
    if (at !== -1) this.#pending.splice(at, 1);
  }
}
