/** Rules for faults: reads a rule from JSON or from a flag, and counts the requests that it matches. */
import { z } from 'zod';
import { choice, fields, number, read, SimulatorInputError } from './input.ts';

export interface Counted {
  /** The first matching request that gets the fault, from 1. @default 1 */
  nth?: number;
  /** How many matching requests get the fault from there on. 0 means all. @default 1 */
  count?: number;
}

/** The two fields that every rule has. */
export const counted = { nth: number(1, 1e9).optional(), count: number(0, 1e9).optional() };

/** A rule of one of these kinds: the fields of its kind, and the fields that select requests. */
export type Rule<Effects extends Record<string, z.ZodRawShape>, Match extends z.ZodRawShape> = {
  [Kind in keyof Effects]: { kind: Kind } & z.infer<z.ZodObject<Effects[Kind] & Match>>;
}[keyof Effects];

/** Makes a reader for rules of these kinds. */
export function ruleReader<Effects extends Record<string, z.ZodRawShape>, Match extends z.ZodRawShape>(
  effects: Effects,
  match: Match,
) {
  const kinds = Object.keys(effects) as (keyof Effects & string)[];
  const ofSomeKind = fields({ kind: choice(...kinds) });

  const readers = new Map(kinds.map((kind) => [kind, readerOf(kind, { ...match, ...effects[kind] })]));

  /** Reads a rule from JSON. @throws {SimulatorInputError} for an unknown kind, field or value */
  const readRule = (value: unknown): Rule<Effects, Match> => {
    const { kind } = read(ofSomeKind, value, 'a fault');
    return readers.get(kind)!(value) as unknown as Rule<Effects, Match>;
  };
  return { kinds, readRule };
}

/** Makes a reader for rules of one kind. */
function readerOf(kind: string, shape: z.ZodRawShape): (value: unknown) => unknown {
  const schema = z.strictObject(
    { kind: z.literal(kind), ...shape },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? `A fault of kind ${kind} has no ${issue.keys[0]}; it has ${Object.keys(shape).join(', ')}.`
          : undefined,
    },
  );
  const required = Object.keys(shape).filter((name) => !z.safeParse(shape[name]!, undefined).success);
  return (value) => {
    const missing = required.find((name) => Object(value)[name] === undefined);
    if (missing) throw new SimulatorInputError(`A fault of kind ${kind} needs ${missing}.`);
    return read(schema, value, 'a fault');
  };
}

/** The JSON form of a rule in a flag such as `status,status=429,endpoint=upload,nth=2`. The kind is first. */
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

/** The active rules, and how often each has matched. */
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

  list(): Entry<Fault>[] {
    return this.#entries.map((entry) => ({ ...entry }));
  }

  /** The faults for a request. Each matching rule counts it. */
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
