/** The port of tracing on the SDK of OpenTelemetry. Only attributes of the list, of their types, get into a span. */
import {
  type OpenSpan,
  type Span,
  type SpanAttributes,
  type SpanEventName,
  type SpanName,
  type SpanOptions,
  spanAttributes,
  type Tracer,
} from '../contracts/tracing.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { readTraceparent, type TraceContext, writeTraceparent } from '../domain/values/traceparent.ts';
import { type ActiveTrace, activeTrace, inTrace, inTraceOf } from '../machine/active-trace.ts';
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer as TracerOfSdk,
  trace,
} from './sdk.ts';

const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

export class SdkTracer implements Tracer {
  readonly #sdk: TracerOfSdk;

  readonly #propagates: boolean;

  /** @param propagates whether other systems are told of the spans */
  constructor(sdk: TracerOfSdk, propagates: boolean) {
    this.#sdk = sdk;
    this.#propagates = propagates;
  }

  span<T>(name: SpanName, work: (span: Span) => Promise<T>, options?: SpanOptions): Promise<T> {
    const span = this.open(name, options);
    const result = span.within(() => work(span));
    result.then(
      () => span.end(),
      (error: unknown) => span.endFailed(error instanceof LineupError ? error.code : 'internal'),
    );
    return result;
  }

  open(name: SpanName, options: SpanOptions = {}): ActiveSpan {
    const links = (options.links ?? []).map(readTraceparent).filter((link) => link !== undefined);
    const span = this.#sdk.startSpan(
      name,
      {
        kind: kinds[options.kind ?? 'internal'],
        attributes: allowed(options.attributes ?? {}),
        links: links.map((link) => ({ context: sdkContext(link) })),
        ...(options.startedAt && { startTime: options.startedAt }),
      },
      parentOf(options),
    );
    return new ActiveSpan(span, this.#propagates);
  }

  within<T>(traceparent: string | undefined, work: () => T): T {
    return inTraceOf(traceparent, work);
  }

  get active(): OpenSpan | undefined {
    const active = activeTrace();
    return active instanceof ActiveSpan ? active : undefined;
  }
}

function parentOf({ parent }: SpanOptions): Context {
  if (parent === null) return ROOT_CONTEXT;
  const active = activeTrace();
  if (parent === undefined && active instanceof ActiveSpan) return trace.setSpan(ROOT_CONTEXT, active.sdk);
  const remote = parent === undefined ? active : readTraceparent(parent);
  return remote ? trace.setSpanContext(ROOT_CONTEXT, sdkContext(remote)) : ROOT_CONTEXT;
}

const sdkContext = ({ traceId, spanId, sampled }: TraceContext) => ({
  traceId,
  spanId,
  traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: true,
});

/** A span, and what the code in it finds (`activeTrace`). */
class ActiveSpan implements OpenSpan, ActiveTrace {
  readonly sdk: SdkSpan;
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  readonly propagates: boolean;
  #requests = 0;
  #hasFailed = false;

  constructor(sdk: SdkSpan, propagates: boolean) {
    const { traceId, spanId, traceFlags } = sdk.spanContext();
    this.sdk = sdk;
    this.propagates = propagates;
    this.traceId = traceId;
    this.spanId = spanId;
    this.sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  get traceparent(): string {
    return writeTraceparent(this);
  }

  set(attributes: SpanAttributes): void {
    this.sdk.setAttributes(allowed(attributes));
  }

  add(name: 'lineup.request.count', by: number): void {
    this.#requests += by;
    this.set({ [name]: this.#requests });
  }

  event(name: SpanEventName, attributes: SpanAttributes = {}): void {
    this.sdk.addEvent(name, allowed(attributes));
  }

  fail(code: string): void {
    this.#hasFailed = true;
    this.set({ 'error.type': code });
    this.sdk.setStatus({ code: SpanStatusCode.ERROR, message: isPlain(code) ? code : '' });
  }

  within<T>(work: () => T): T {
    return inTrace(this, work);
  }

  end(): void {
    this.sdk.end();
  }

  /** @param code that of the error, if nobody has told a better one */
  endFailed(code: string): void {
    if (!this.#hasFailed) this.fail(code);
    this.end();
  }
}

/** Ids, codes, methods and routes. A name, an address or a sentence has a space or a sign that these do not have. */
const isPlain = (text: string): boolean => /^[\w./:-]{1,200}$/.test(text);

function allowed(attributes: SpanAttributes): Attributes {
  const kept: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || !Object.hasOwn(spanAttributes, name)) continue;
    if (typeof value !== spanAttributes[name as keyof typeof spanAttributes]) continue;
    if (typeof value === 'string' && !isPlain(value)) continue;
    kept[name] = value;
  }
  return kept;
}
