/** An automaton that tells strings of digits apart by everything that can still follow them. */
import { ANY_DIGIT, type Step, type Ways } from './digit-pattern.ts';

export interface Automaton {
  /** The state after `digit` in state `s` is `next[s * 16 + digit]`. Every string begins in state 0. */
  readonly next: Uint16Array;
  /** The remaining steps in each state. */
  readonly states: readonly ReadonlySet<Step>[];
}

/**
 * Two strings reach the same state only if no further digits tell them apart. No digit leads out of a state that
 * `isFinal`.
 * @throws {RangeError} for more than `most` states
 */
export function automaton(start: Ways, isFinal: (state: ReadonlySet<Step>) => boolean, most: number): Automaton {
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
    const row = new Array<number>(16).fill(0).fill(number, 0, 10);
    // Most digits lead to the same state as others.
    for (const alike of isFinal(state) ? [] : distinguished(state)) {
      const reached = numberOf(after(state, alike));
      for (let digit = 0; digit < 10; digit++) if ((alike >> digit) & 1) row[digit] = reached;
    }
    next.push(...row);
  }
  return { next: Uint16Array.from(next), states };
}

/** The steps that remain after each digit in the bits of `alike`. */
function after(state: ReadonlySet<Step>, alike: number): Set<Step> {
  const left = new Set<Step>();
  for (const { digits, next } of state) {
    if (digits & alike) for (const step of next) left.add(step);
  }
  return left;
}

/** The ten digits in groups, one bit per digit. Each step takes all digits of a group or none. */
function distinguished(state: ReadonlySet<Step>): number[] {
  const groups = [ANY_DIGIT];
  for (const { digits } of state) {
    for (let n = groups.length - 1; n >= 0; n--) {
      const taken = groups[n]! & digits;
      if (taken === 0 || taken === groups[n]) continue;
      groups.push(groups[n]! & ~digits);
      groups[n] = taken;
    }
  }
  return groups;
}

/** The number of a key. A new key gets the next free number. */
function numbered<Key>(numbers: Map<Key, number>, key: Key): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size);
  return numbers.size - 1;
}
