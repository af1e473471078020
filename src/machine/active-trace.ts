/**
 * The span in which the present code works. It follows the code through promises and callbacks, so that a line of the
 * log and a request to another system find it. Without tracing there is none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { readTraceparent, type TraceContext, writeTraceparent } from '../domain/values/traceparent.ts';

export interface ActiveTrace extends TraceContext {
  /** Whether other systems are told of it. */
  readonly propagates: boolean;
}

const active = new AsyncLocalStorage<ActiveTrace>();

/** Undefined outside of a span, and always without tracing. */
export const activeTrace = (): ActiveTrace | undefined => active.getStore();

/** Does the work in a span. */
export const inTrace = <T>(trace: ActiveTrace, work: () => T): T => active.run(trace, work);

/** The same for a span of another process. @param traceparent undefined: in no span */
export function inTraceOf<T>(traceparent: string | undefined, work: () => T): T {
  const trace = readTraceparent(traceparent);
  return trace ? inTrace({ ...trace, propagates: true }, work) : work();
}

/** What another system is told of the span: sources and webhooks, and never LINE. */
export function outgoingTrace(): string | undefined {
  const trace = activeTrace();
  return trace?.propagates ? writeTraceparent(trace) : undefined;
}

/** The same as headers of a request. */
export function traceHeaders(): Readonly<Record<string, string>> {
  const traceparent = outgoingTrace();
  return traceparent === undefined ? {} : { traceparent };
}
