/** A span for each request to the API: its method, its route and its status, and never its path, query or body. */
import type { FastifyInstance } from 'fastify';
import type { OpenSpan, Tracer } from '../contracts/tracing.ts';
import { API_PATH } from '../domain/values/api-path.ts';
import { eventStreamHeaders } from './streams.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null without tracing, and for pages and probes. */
    span: OpenSpan | null;
  }
}

export interface Tracing {
  readonly tracer: Tracer;
  /** Whether a request may say in which trace it is. */
  readonly propagates: boolean;
}

/**
 * Call it after `guardAccess`: only who has signed in, or shows a token, may put requests into a trace, and so have
 * them recorded. A refused request gets no span.
 */
export function traceRequests(app: FastifyInstance, { tracer, propagates }: Tracing): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { url: route } = request.routeOptions;
    if (!route?.startsWith(API_PATH)) return done();
    const given = propagates && request.principal ? request.headers.traceparent : undefined;
    const { method } = request;
    const span = tracer.open(`${method} ${route as `/${string}`}`, {
      kind: 'server',
      parent: typeof given === 'string' ? given : null,
      startedAt: new Date(Date.now() - reply.elapsedTime),
      attributes: { 'http.request.method': method, 'http.route': route },
    });
    request.span = span;
    reply.raw.once('close', () => {
      // A stream of events is open for as long as somebody looks at the page.
      if (reply.getHeader('content-type') === eventStreamHeaders['content-type']) return;
      span.set({ 'http.response.status_code': reply.statusCode });
      if (reply.statusCode >= 500) span.fail(String(reply.statusCode));
      span.end();
    });
    span.within(done);
  });
  // A body has arrived in callbacks of its connection, which belong to no request.
  app.addHook('preValidation', (request, _, done) => (request.span ? request.span.within(done) : done()));
}
