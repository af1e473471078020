/** Strings of digits, told apart by all that can still become of them. */
import type { Step, Ways } from './digit-pattern.ts';

export interface Automaton {
  /** The state after `digit` in state `s` is `next[s * 16 + digit]`; every string begins in state 0. */
  readonly next: Uint16Array;
  /** The steps that are left in each state. */
  readonly states: readonly ReadonlySet<Step>[];
}

/**
 * Two strings come to one state only if no digits behind them tell them apart. No digit leads out of a state that `isFinal`.
 * @throws {RangeError} for more than `most` states
 */
export function automaton(
  start: Ways,
  isFinal: (state: ReadonlySet<Step>) => boolean,
  most: number,
): Automaton {
  const steps = new Map<Step, number>();
  const names = new Map<string, number>();
  const states: Set<Step>[] = [];
  const numberOf = (state: Set<Step>): number => {
    const members = Array.from(state, (step) => numbered(steps, step));
    const number = numbered(names, members.sort((a, b) => a - b).join());
    if (number === states.length) states.push(state);
    return number;
  };
  numberOf(new Set(start));
  const next: number[] = [];
  for (let number = 0; number < states.length; number++) {
    if (number === most) throw new RangeError(`more than ${most} states`);
    const state = states[number]!;
    const row = isFinal(state) ? Array(10).fill(number) : successors(state).map(numberOf);
    next.push(...row, 0, 0, 0, 0, 0, 0);
  }
  return { next: Uint16Array.from(next), states };
}

/** What is left after each of the ten digits. */
function successors(state: ReadonlySet<Step>): Set<Step>[] {
  const after = Array.from({ length: 10 }, () => new Set<Step>());
  for (const { digits, next } of state) {
    for (let digit = 0; digit < 10; digit++) {
      if ((digits >> digit) & 1) for (const step of next) after[digit]!.add(step);
    }
  }
  return after;
}

/** The number of a key, the next free one for a new key. */
function numbered<Key>(numbers: Map<Key, number>, key: Key): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size);
  return numbers.size - 1;
}
