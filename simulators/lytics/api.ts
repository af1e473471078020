/** How an API request is processed: faults, token, endpoint, answer. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { arrive, waited } from '../shared/arrival.ts';
import { drain, forgetContentType, isTooLarge, reset, send } from '../shared/http.ts';
import { garbled, type Reply } from '../shared/reply.ts';
import { errorReply, RefusalError, type Version } from './answers.ts';
import type { Fault } from './faults.ts';
import { type Route, routes } from './routes/table.ts';
import type { Call, Query, RequestRecord, World } from './world.ts';

/** @param onRequest called at the end of every API request, with or without an answer */
export function serveApi(app: FastifyInstance, world: World, onRequest: (record: RequestRecord) => void): void {
  app.register(async (scope) => {
    scope.decorateRequest('call', null);
    scope.setErrorHandler<Error>(async (error, request, reply) => {
      if (isTooLarge(error)) await drain(request);
      // Only a rule has a body, and no rule is that long.
      const refusal = isTooLarge(error) ? new RefusalError(400, 'invalid filter') : error;
      if (!(refusal instanceof RefusalError)) throw error;
      return deliver(request, reply, refused(callOf(request), refusal));
    });
    for (const { path, ...route } of routes)
      scope.route({ method: scope.supportedMethods, url: path, ...handlerFor(route) });
    scope.route({ method: scope.supportedMethods, url: '/*', ...handlerFor(undefined) });
  });

  /** The handler for an endpoint, or for an unknown path. */
  function handlerFor(route: Omit<Route, 'path'> | undefined) {
    return {
      async onRequest(request: FastifyRequest, reply: FastifyReply) {
        forgetContentType(request);
        const { record, faults } = startRecord(world, route, request);
        const ms = record.endpoint === 'scan' ? world.settings.pageMs : 0;
        if (await waited(world, faults, ms)) return undefined;
        onRequest(record);
        return reset(request, reply);
      },
      async handler(request: FastifyRequest, reply: FastifyReply) {
        const call = { ...callOf(request), body: String(request.body ?? '') };
        const ordered = call.faults.find((fault) => fault.kind === 'status');
        if (ordered) throw new RefusalError(ordered.status ?? 503, ordered.message ?? 'ordered by a fault');
        checkToken(world, request.headers.authorization, call.query);
        if (!route) throw new RefusalError(404, 'no such endpoint');
        if (!route.methods.includes(request.method)) throw new RefusalError(405, 'method not allowed');
        return deliver(request, reply, route.handle(call));
      },
    };
  }

  /**
   * Sends the answer: complete, with half of its JSON, or with half of its bytes before the connection drops;
   * or resets the connection.
   */
  function deliver(request: FastifyRequest, reply: FastifyReply, answer: Reply): FastifyReply {
    const { record, faults } = callOf(request);
    const has = (kind: Fault['kind']) => faults.some((fault) => fault.kind === kind);
    if (!has('reset')) record.status = answer.status;
    onRequest(record);
    if (has('reset')) return reset(request, reply);
    if (has('cut')) return cut(reply, answer);
    return send(reply, has('garbled') ? garbled(answer) : answer);
  }
}

const callOf = (request: FastifyRequest): Call => request.getDecorator<Call>('call');

/** Starts the record of a request. */
function startRecord(world: World, route: Pick<Route, 'name'> | undefined, request: FastifyRequest): Call {
  const { method, originalUrl: path } = request;
  const { record, faults } = arrive(world, { method, path, endpoint: route?.name ?? 'unknown' });
  const { id = '' } = request.params as { id?: string };
  const query = request.query as Query;
  const version: Version = path.startsWith('/api/') ? 'v1' : 'v2';
  const call: Call = { world, id, query, version, body: '', faults, record };
  request.setDecorator('call', call);
  return call;
}

/** The token comes without `Bearer`. Older clients send it in the URL. @throws {RefusalError} */
function checkToken(world: World, header: string | undefined, { key, access_token }: Query): void {
  const token = world.tokens.get(header ?? key ?? access_token ?? '');
  if (!token) throw new RefusalError(401, 'Not authorized');
  if (!token.mayRead) throw new RefusalError(403, 'The token lacks the role for this');
}

/** The error in the form of the request's version. */
function refused({ world, version, record, faults }: Call, refusal: RefusalError): Reply {
  record.detail = refusal.message;
  const reply = errorReply(version, world.settings, refusal, new Date(world.clock.time()));
  const ordered = faults.find((fault) => fault.kind === 'status');
  if (ordered?.retryAfter === undefined) return reply;
  return { ...reply, headers: { 'retry-after': String(ordered.retryAfter) } };
}

/** Drops the connection in the middle of the answer. */
function cut(reply: FastifyReply, { status, json }: Reply): FastifyReply {
  const { raw } = reply.hijack();
  const body = Buffer.from(JSON.stringify(json));
  raw.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  raw.write(body.subarray(0, body.length / 2), () => raw.socket?.resetAndDestroy());
  return reply;
}
