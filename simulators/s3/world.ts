/** The parts of a running simulator, and how they are created from its options. */
import type { IncomingMessage } from 'node:http';
import { Clock } from '../shared/clock.ts';
import { number, read, SimulatorInputError } from '../shared/input.ts';
import { type LoggedRequest, RequestLog } from '../shared/request-log.ts';
import { type Fault, Faults, readFault } from './faults.ts';
import { Buckets } from './objects.ts';
import { fillSample } from './sample.ts';
import { type Settings, settingsOf } from './settings.ts';
import type { Keys } from './signature.ts';

export interface WorldOptions extends Partial<Settings> {
  accessKeyId?: string;
  secretAccessKey?: string;
  /** Of temporary credentials. @default none */
  sessionToken?: string;
  region?: string;
  /** The members in the newest file of the sample bucket. 0: no sample bucket. @default 50000 */
  members?: number;
  faults?: readonly Fault[];
  /** Bearer tokens that are accepted, as Google Cloud Storage takes them. @default none */
  tokens?: readonly string[];
  /** Asked for each request, for tests in the same process. Undefined: the usual answer. */
  intercept?: Intercept;
  /** Real time in milliseconds. @default the time of this machine */
  now?: () => number;
}

/** What a test sees of a request. */
export interface Intercepted {
  /** Undefined for the list of buckets. */
  readonly bucket: string | undefined;
  /** Undefined for a list. */
  readonly key: string | undefined;
  readonly incoming: IncomingMessage;
  /** The port of the client: one for each connection. */
  readonly port: number | undefined;
}

/** What a test answers instead. */
export type Interception =
  | {
      readonly status: number;
      readonly code?: string;
      readonly details?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Sends so many bytes of the body, and breaks the connection. */
  | { readonly breakAfter: number }
  /** Sends this instead. */
  | { readonly body: string }
  /** Never answers. */
  | 'silence';

export type Intercept = (request: Intercepted) => Interception | undefined;

/** An entry of the request log. */
export interface RequestRecord extends LoggedRequest {
  /** The `Range` header, if there was one. */
  range?: string;
}

export interface World {
  readonly keys: Keys;
  /** `*` for any. */
  readonly region: string;
  readonly tokens: readonly string[];
  readonly intercept: Intercept;
  readonly buckets: Buckets;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Changed in place by the admin endpoint. */
  readonly settings: Settings;
  readonly requests: RequestLog<RequestRecord>;
  /** Aborts when the simulator closes, and so ends every wait. */
  readonly closing: AbortSignal;
  /** Restores settings, faults, objects and requests. The clock is not reset. */
  reset(): void;
}

export const sampleKeys = { accessKeyId: 'AKSAMPLE', secretAccessKey: 'sample-secret-key' } as const;
export const sampleRegion = 'ap-northeast-1';

/** Bounds of the members in the newest file, which is in memory. */
export const memberCount = number(0, 1_000_000);

export function createWorld(options: WorldOptions, closing: AbortSignal): World {
  const {
    accessKeyId = sampleKeys.accessKeyId,
    secretAccessKey = sampleKeys.secretAccessKey,
    sessionToken,
    region = sampleRegion,
    members = 50_000,
    faults = [],
    tokens = [],
    intercept = () => undefined,
    now,
    ...given
  } = options;
  if (accessKeyId === '' || secretAccessKey === '') throw new SimulatorInputError('A key is empty.');
  const initial = settingsOf(given);
  const rules = faults.map(readFault);
  const count = read(memberCount, members, 'members');
  const clock = new Clock(now);
  const buckets = new Buckets();
  const book = new Faults();
  const settings = { ...initial };
  const fill = () => {
    for (const rule of rules) book.add(rule);
    if (count > 0) fillSample(buckets, count, clock.time());
  };
  fill();
  const world: World = {
    keys: { accessKeyId, secretAccessKey, sessionToken },
    region,
    tokens,
    intercept,
    buckets,
    clock,
    faults: book,
    settings,
    requests: new RequestLog(),
    closing,
    reset() {
      Object.assign(settings, initial);
      book.clear();
      buckets.clear();
      fill();
      world.requests.clear();
    },
  };
  return world;
}
