/**
 * Faults on order. A rule says which requests it meets and what goes wrong with them; the book counts and hands
 * out what applies. A rule is judged at one point of a request:
 * - `arrival`: before the request is looked at, so that nothing was taken;
 * - `job`: when an upload is accepted, so that its job is affected and not the answer;
 * - `accepted`: after the request was carried out, so that only the answer is affected.
 */
import { type EndpointName, endpointNames } from './endpoints.ts';
import { choice, number, object, type Reader, SimulatorInputError, text } from './input.ts';

interface RuleMatch {
  /** Absent: every endpoint. */
  endpoint?: EndpointName;
  method?: string;
  /** The first matching request that is met, from 1 (the default). */
  nth?: number;
  /** How many are met from there on, default 1; 0: all. */
  count?: number;
  /** Met only when the uploaded file's name contains this; only for what is judged after accepting. */
  fileName?: string;
}

type When = { when?: 'before' | 'after' };

type FaultEffect =
  /** Answer with this status (default 503) and LINE's reason, before or after carrying out the request. */
  | ({ kind: 'status'; status?: number; reason?: string; property?: string; retryAfter?: number } & When)
  /** Refuse as busy: 400 with `LOCK_DEFAULT` or another reason. */
  | { kind: 'busy'; reason?: string }
  /** Reset the connection, before anything is read or instead of the answer. */
  | ({ kind: 'reset' } & When)
  /** Wait before or after carrying out the request. Real time, not the virtual clock. */
  | ({ kind: 'slow'; ms: number } & When)
  /** Carry out the request and answer with half of the JSON. */
  | { kind: 'garbled' }
  /** The upload's job ends FAILED and changes nothing. */
  | { kind: 'job_failed'; failedType?: string }
  /** The upload's job ends FINISHED, but took only the first `audienceCount` lines. */
  | { kind: 'job_partial'; failedType?: string; audienceCount: number }
  /** The upload's job stays in this state (default WORKING) until it is released. */
  | { kind: 'job_stuck'; state?: 'QUEUED' | 'WORKING' }
  /** The job finishes, but matching the audience fails. */
  | { kind: 'match_failed'; failedType?: string };

export type Fault = FaultEffect & RuleMatch;
export type FaultKind = Fault['kind'];
export type FaultPoint = 'arrival' | 'job' | 'accepted';

/** What a request is known by when the book is asked. */
export interface FaultTarget {
  endpoint: string;
  method: string;
  fileName?: string | undefined;
}

const matchReaders: Record<string, Reader<unknown>> = {
  endpoint: choice(...endpointNames),
  method: text,
  nth: number(1, 1e9),
  count: number(0, 1e9),
  fileName: text,
};

const when = choice('before', 'after');
const failedType = text;

const effectReaders: Record<FaultKind, Record<string, Reader<unknown>>> = {
  status: { status: number(400, 599), reason: text, property: text, retryAfter: number(0, 86_400), when },
  busy: { reason: text },
  reset: { when },
  slow: { ms: number(0, 3_600_000), when },
  garbled: {},
  job_failed: { failedType },
  job_partial: { failedType, audienceCount: number(0, 1_000_000) },
  job_stuck: { state: choice('QUEUED', 'WORKING') },
  match_failed: { failedType },
};

const required: Partial<Record<FaultKind, string>> = { slow: 'ms', job_partial: 'audienceCount' };

export const faultKinds = Object.keys(effectReaders).filter(
  (kind): kind is FaultKind => kind in effectReaders,
);

/** Reads a rule from JSON. Throws {@link SimulatorInputError} for anything that it does not know. */
export function readFault(value: unknown): Fault {
  const given = object(value, 'a fault');
  const kind = choice(...faultKinds)(given.kind, 'kind');
  const readers = { ...matchReaders, ...effectReaders[kind] };
  const read: Record<string, unknown> = { kind };
  for (const [name, one] of Object.entries(given)) {
    if (name === 'kind' || one === undefined) continue;
    const reader = readers[name];
    if (!reader)
      throw new SimulatorInputError(
        `A fault of kind ${kind} has no ${name}; it has ${Object.keys(readers).join(', ')}.`,
      );
    read[name] = reader(one, name);
  }
  const missing = required[kind];
  if (missing && read[missing] === undefined)
    throw new SimulatorInputError(`A fault of kind ${kind} needs ${missing}.`);
  const fault = read as unknown as Fault; // Each field was read by the reader of its kind just above.
  if (fault.fileName !== undefined && pointOf(fault) === 'arrival') {
    throw new SimulatorInputError(
      'A fault by fileName must come after accepting (when: after): the name is not known earlier.',
    );
  }
  return fault;
}

/** Reads a rule from a flag: `status,status=429,endpoint=upload,nth=2`, the kind first, then the JSON form's keys. */
export function parseFault(flag: string): Fault {
  const [kind, ...pairs] = flag.split(',');
  const entries = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 1)
      throw new SimulatorInputError(
        `Expected key=value in the fault ${JSON.stringify(flag)}, got ${JSON.stringify(pair)}.`,
      );
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
  });
  return readFault({ ...Object.fromEntries(entries), kind });
}

function pointOf(fault: Fault): FaultPoint {
  switch (fault.kind) {
    case 'status':
    case 'reset':
    case 'slow':
      return fault.when === 'after' ? 'accepted' : 'arrival';
    case 'busy':
      return 'arrival';
    case 'garbled':
      return 'accepted';
    case 'job_failed':
    case 'job_partial':
    case 'job_stuck':
    case 'match_failed':
      return 'job';
  }
}

interface Entry {
  id: number;
  fault: Fault;
  seen: number;
}

/** The rules in force, and how often each was met. */
export class FaultBook {
  #entries: Entry[] = [];
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

  /** What goes wrong with this request at this point. Counts it for every rule that it matches. */
  take(point: FaultPoint, target: FaultTarget): Fault[] {
    return this.#entries
      .filter(({ fault }) => pointOf(fault) === point && matches(fault, target))
      .filter((entry) => {
        entry.seen += 1;
        const { nth = 1, count = 1 } = entry.fault;
        return entry.seen >= nth && (count === 0 || entry.seen < nth + count);
      })
      .map(({ fault }) => fault);
  }
}

function matches(fault: Fault, target: FaultTarget): boolean {
  if (fault.endpoint !== undefined && fault.endpoint !== target.endpoint) return false;
  if (fault.method !== undefined && fault.method.toUpperCase() !== target.method) return false;
  return fault.fileName === undefined || (target.fileName ?? '').includes(fault.fileName);
}
