/**
 * Tracing: the port by which the parts of Lineup tell what they do, and the closed list of what a span may say. There
 * is no attribute for a name, a sentence, a path or a value of a member, because a trace leaves the installation.
 */

/** The only attributes of spans and their events. docs/operations/traces.md explains each of them. */
export const spanAttributes = {
  'http.request.method': 'string',
  'http.response.status_code': 'number',
  'http.route': 'string',
  'error.type': 'string',
  'lineup.action': 'string',
  'lineup.attempt': 'number',
  'lineup.bytes': 'number',
  'lineup.channel.id': 'string',
  'lineup.chunk': 'number',
  'lineup.chunks': 'number',
  'lineup.delivery': 'number',
  'lineup.job.from': 'string',
  'lineup.job.id': 'string',
  'lineup.job.to': 'string',
  'lineup.members': 'number',
  'lineup.notification.type': 'string',
  'lineup.records': 'number',
  'lineup.request.count': 'number',
  'lineup.run.id': 'string',
  'lineup.run.resumed': 'boolean',
  'lineup.run.trigger': 'string',
  'lineup.scanned': 'number',
  'lineup.status': 'string',
  'lineup.upload_job.id': 'string',
} as const satisfies Record<string, keyof Kinds>;

interface Kinds {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}

/** A missing or empty value is no attribute. */
export type SpanAttributes = {
  readonly [Name in keyof typeof spanAttributes]?: Kinds[(typeof spanAttributes)[Name]] | null | undefined;
};

/**
 * `run` and its stages, the change of a job's status, the delivery of a notification, and requests to the API by method
 * and route.
 */
export type SpanName =
  | ('run' | 'place' | 'check' | 'lists' | 'scan' | 'stage' | 'delivery' | 'turn' | 'settle' | 'guard' | 'idle')
  | ('size' | 'upload' | 'replace_turn' | 'wait' | 'notification')
  | (`job ${string}` | `${string} /${string}`);

/**
 * Something that happened at one time. `request_failed`: an attempt of a request to LINE failed · `upload_job`: LINE
 * told the state of an upload job.
 */
export type SpanEventName = 'request_failed' | 'upload_job';

export interface Span {
  set(attributes: SpanAttributes): void;
  /** Adds to a number, from 0. */
  add(name: 'lineup.request.count', by: number): void;
  event(name: SpanEventName, attributes?: SpanAttributes): void;
  /** @param code the code of an error, never its sentence */
  fail(code: string): void;
}

export interface SpanOptions {
  readonly attributes?: SpanAttributes;
  /** `server` answers a request of another system, `client` makes one. @default `internal` */
  readonly kind?: 'internal' | 'server' | 'client';
  /** The `traceparent` that it belongs to; null begins a trace. @default the span in which the present code works */
  readonly parent?: string | null | undefined;
  /** @default now */
  readonly startedAt?: Date;
  /** The `traceparent` of spans of other processes that it continues. */
  readonly links?: readonly (string | undefined)[];
}

/** A span that ends by an event. */
export interface OpenSpan extends Span {
  /** For a process that goes on with the work. Undefined without tracing. */
  readonly traceparent: string | undefined;
  /** Does the work in the span. */
  within<T>(work: () => T): T;
  end(): void;
}

export interface Tracer {
  /** Does the work in a span. @returns the promise of the work itself, so that tracing changes the order of nothing */
  span<T>(name: SpanName, work: (span: Span) => Promise<T>, options?: SpanOptions): Promise<T>;
  /** Begins a span. One that nobody ends is not told to anybody. */
  open(name: SpanName, options?: SpanOptions): OpenSpan;
  /** Does the work in a span of another process. @param traceparent undefined: in none */
  within<T>(traceparent: string | undefined, work: () => T): T;
  /** The span in which the present code works. */
  readonly active: OpenSpan | undefined;
}

const nothing = (): void => {};
const noSpan: OpenSpan = {
  traceparent: undefined,
  set: nothing,
  add: nothing,
  event: nothing,
  fail: nothing,
  within: (work) => work(),
  end: nothing,
};

/** Without tracing. */
export const noTracer: Tracer = {
  span: (_, work) => work(noSpan),
  open: () => noSpan,
  within: (_, work) => work(),
  active: undefined,
};
