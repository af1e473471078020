/** The parts of a running simulator, and how they are created from its options. */
import { Clock } from '../shared/clock.ts';
import { number, read, SimulatorInputError } from '../shared/input.ts';
import { type LoggedRequest, RequestLog } from '../shared/request-log.ts';
import type { Version } from './answers.ts';
import { type Fault, Faults, readFault } from './faults.ts';
import { type Field, sampleFields } from './fields.ts';
import { Segment, type SegmentSpec, sampleSegments } from './segments.ts';
import { type Settings, settingsOf } from './settings.ts';

export interface WorldOptions extends Partial<Settings> {
  /** The token that may read everything. @default lytics-sample-token */
  token?: string;
  /** The size of the largest sample audience. Minimum: 0. @default 250000 */
  members?: number;
  /** Audiences in addition to the samples. */
  segments?: readonly SegmentSpec[];
  /** User fields in addition to the samples. */
  fields?: readonly Field[];
  faults?: readonly Fault[];
  /** Real time in milliseconds. @default the time of this machine */
  now?: () => number;
}

/** The position of a cursor. */
export interface Place {
  readonly id: string;
  readonly offset: number;
  readonly generation: number;
  readonly made: number;
}

/** An entry of the request log. */
export interface RequestRecord extends LoggedRequest {
  /** Members on the page of a scan. */
  rows?: number;
}

export interface World {
  /** For each token, whether its role may read. */
  readonly tokens: ReadonlyMap<string, { readonly mayRead: boolean }>;
  readonly fields: readonly Field[];
  readonly clock: Clock;
  readonly faults: Faults;
  /** Changed in place by the admin endpoint. */
  readonly settings: Settings;
  /** Replaced as a whole by a reset. */
  readonly segments: readonly Segment[];
  readonly requests: RequestLog<RequestRecord>;
  /** How often all cursors have expired together. A cursor of an earlier generation is invalid. */
  cursorGeneration: number;
  /** The positions of scans with a constant cursor, by that cursor. */
  readonly scans: Map<string, Place>;
  /** Aborts when the simulator closes, and so ends every wait. */
  readonly closing: AbortSignal;
  /** Restores settings, faults, members and requests. The clock is not reset. */
  reset(): void;
}

export const defaultToken = 'lytics-sample-token';
/** Its role does not allow reading: 403. */
export const powerlessToken = 'lytics-sample-token-without-role';

/** Bounds of the largest sample audience. */
export const memberCount = number(0, 100_000_000);

export function createWorld(options: WorldOptions, closing: AbortSignal): World {
  const { token = defaultToken, members = 250_000, segments = [], fields = [], faults = [], now, ...given } = options;
  if (token === '') throw new SimulatorInputError('The token is empty.');
  const initial = settingsOf(given);
  const rules = faults.map(readFault);
  const largest = read(memberCount, members, 'members');
  const fresh = () => [...sampleSegments(largest), ...segments].map((spec) => new Segment(spec));

  const settings = { ...initial };
  const book = new Faults();
  for (const rule of rules) book.add(rule);
  let current = fresh();
  const world: World = {
    tokens: new Map([
      [powerlessToken, { mayRead: false }],
      [token, { mayRead: true }],
    ]),
    fields: [...sampleFields, ...fields],
    clock: new Clock(now),
    faults: book,
    settings,
    requests: new RequestLog(),
    cursorGeneration: 0,
    scans: new Map(),
    closing,
    get segments() {
      return current;
    },
    reset() {
      Object.assign(settings, initial);
      book.clear();
      for (const rule of rules) book.add(rule);
      current = fresh();
      world.requests.clear();
      world.cursorGeneration = 0;
      world.scans.clear();
    },
  };
  return world;
}

/** @param key an id; also a slug where the API takes one */
export function findSegment(world: World, key: string, bySlug: boolean): Segment | undefined {
  return world.segments.find(({ id, spec }) => id === key || (bySlug && spec.slug === key));
}

/** The query of a request, all as text. */
export type Query = Readonly<Record<string, string | undefined>>;

/** A request with a valid token. */
export interface Call {
  readonly world: World;
  /** The segment of the path that names an audience. Empty when there is none. */
  readonly id: string;
  readonly query: Query;
  readonly version: Version;
  readonly body: string;
  /** The faults for this request. */
  readonly faults: readonly Fault[];
  readonly record: RequestRecord;
}
