/** The parts of a simulated world that change, and what a reset restores. */
import { Clock, type Sleep } from './clock.ts';
import type { Counted, FaultBook } from './fault-rules.ts';
import { RateMeter } from './rate-meter.ts';

/** The time of a world. */
export interface TimeOptions {
  /** Real time in milliseconds. @default the time of this machine */
  now?: () => number;
  /** Waits for real time. @default a timer */
  sleep?: Sleep;
}

interface Beginning<Settings, Fault extends Counted, Book, State> extends TimeOptions {
  readonly settings: Settings;
  /** The empty book of faults. */
  readonly faults: Book;
  readonly rules: readonly Fault[];
  readonly rate?: RateMeter;
  /** Makes the state at the start. */
  readonly fresh: (clock: Clock, settings: Settings) => State;
}

export interface HeldWorld<Settings, Book, State> {
  readonly clock: Clock;
  /** Changed in place by the admin endpoint. */
  readonly settings: Settings;
  readonly faults: Book;
  readonly rate: RateMeter;
  /** Replaced as a whole by a reset. */
  readonly state: State;
  /** Restores state, settings, faults and rate. The clock is not reset. */
  reset(): void;
}

export function holdWorld<Settings extends object, Fault extends Counted, Book extends FaultBook<Fault>, State>({
  now,
  sleep,
  settings: initial,
  faults,
  rules,
  rate = new RateMeter(),
  fresh,
}: Beginning<Settings, Fault, Book, State>): HeldWorld<Settings, Book, State> {
  const clock = new Clock(now, sleep);
  const settings = { ...initial };
  let state = fresh(clock, settings);
  for (const rule of rules) faults.add(rule);
  return {
    clock,
    settings,
    faults,
    rate,
    get state() {
      return state;
    },
    reset() {
      Object.assign(settings, initial);
      faults.clear();
      for (const rule of rules) faults.add(rule);
      rate.clear();
      state = fresh(clock, settings);
    },
  };
}

/** The same world with fields of its own kind. Its `state` stays the current one. */
export const withOwn = <World extends object, Own extends object>(held: World, own: Own): World & Own =>
  Object.defineProperties(own, Object.getOwnPropertyDescriptors(held)) as World & Own;
