/** Faults on order, whatever they are: reading a rule from JSON or a flag, and the book that counts who meets it. */
import { number, object, type Reader, SimulatorInputError } from './input.ts';

export interface Counted {
  /** The first matching request that is met, from 1 (the default). */
  nth?: number;
  /** How many are met from there on, default 1; 0: all. */
  count?: number;
}

/** Readers for the two fields that every rule has. */
export const countReaders: Record<string, Reader<unknown>> = { nth: number(1, 1e9), count: number(0, 1e9) };

/**
 * Reads the fields of a rule of that kind. Throws {@link SimulatorInputError} for one that it does not know, and when
 * the required one is missing.
 */
export function readFields(
  value: unknown,
  kind: string,
  readers: Record<string, Reader<unknown>>,
  required: string | undefined,
): Record<string, unknown> {
  const read: Record<string, unknown> = { kind };
  for (const [name, one] of Object.entries(object(value, 'a fault'))) {
    if (name === 'kind' || one === undefined) continue;
    const reader = readers[name];
    if (!reader)
      throw new SimulatorInputError(
        `A fault of kind ${kind} has no ${name}; it has ${Object.keys(readers).join(', ')}.`,
      );
    read[name] = reader(one, name);
  }
  if (required && read[required] === undefined)
    throw new SimulatorInputError(`A fault of kind ${kind} needs ${required}.`);
  return read;
}

/** The JSON form of a rule in a flag: `status,status=429,endpoint=upload,nth=2`, the kind first. */
export function parseFlag(flag: string): Record<string, unknown> {
  const [kind, ...pairs] = flag.split(',');
  const entries = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 1)
      throw new SimulatorInputError(
        `Expected key=value in the fault ${JSON.stringify(flag)}, got ${JSON.stringify(pair)}.`,
      );
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
  });
  return { ...Object.fromEntries(entries), kind };
}

interface Entry<Fault> {
  id: number;
  fault: Fault;
  seen: number;
}

/** The rules in force, and how often each was met. */
export class FaultBook<Fault extends Counted> {
  #entries: Entry<Fault>[] = [];
  #ids = 0;

  add(fault: Fault): number {
    this.#ids += 1;
    this.#entries.push({ id: this.#ids, fault, seen: 0 });
    return this.#ids;
  }

  /** @returns whether there was such a rule */
  remove(id: number): boolean {
    const before = this.#entries.length;
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    return this.#entries.length < before;
  }

  clear(): void {
    this.#entries = [];
    this.#ids = 0;
  }

  list(): { id: number; fault: Fault; seen: number }[] {
    return this.#entries.map((entry) => ({ ...entry }));
  }

  /** What goes wrong with a request that fits these rules. Counts it for every one of them. */
  take(fits: (fault: Fault) => boolean): Fault[] {
    return this.#entries
      .filter(({ fault }) => fits(fault))
      .filter((entry) => {
        entry.seen += 1;
        const { nth = 1, count = 1 } = entry.fault;
        return entry.seen >= nth && (count === 0 || entry.seen < nth + count);
      })
      .map(({ fault }) => fault);
  }
}
