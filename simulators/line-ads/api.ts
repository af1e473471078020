/** How an API request is processed: faults, signature, rate, endpoint, faults again, answer. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { adminPath } from '../shared/admin.ts';
import {
  drain,
  forgetContentType,
  garbled,
  isTooLarge,
  type Reply,
  reset,
  send,
  tooLarge,
} from '../shared/http.ts';
import type { Fault, FaultPoint } from './faults.ts';
import { Refusal, refusalReply } from './refusal.ts';
import { type Route, routes } from './routes/table.ts';
import { verifySignature } from './signature.ts';
import type { RequestRecord } from './state.ts';
import { type Call, flag, serverTime, type World } from './world.ts';

/** The base path of the API. The signed path begins with it. */
export const basePath = '/api';

/** `reset`: the connection is closed without an answer, because of a fault or because the client has gone. */
type Outcome = Reply | 'reset';

/** What is known about a request after its header. */
interface Arrival extends Pick<Call, 'contentType' | 'startedAt' | 'record'> {
  /** Its endpoint, if there is one. */
  readonly route: Route | undefined;
}

const form = 'multipart/form-data';

/** @param onRequest called at the end of every API request, with or without an answer */
export function serveApi(
  app: FastifyInstance,
  world: World,
  onRequest: (record: RequestRecord) => void,
): void {
  app.setNotFoundHandler((_request, reply) =>
    send(reply, {
      status: 404,
      json: { error: `The API is below ${basePath}/v3, the admin endpoint at ${adminPath}.` },
    }),
  );
  app.register(
    async (scope) => {
      scope.decorateRequest('arrival', null);
      // The endpoint itself reads an upload as a stream.
      scope.addContentTypeParser(form, (_request, _body, done) => done(null));
      scope.setErrorHandler<Error>(async (error, request, reply) => {
        const answer = await afterError(world, request, error);
        return conclude(request, reply, answer);
      });
      for (const route of routes)
        scope.route({ method: route.method, url: route.path, ...handlerFor(route) });
      scope.route({ method: scope.supportedMethods, url: '/*', ...handlerFor(undefined) });
    },
    { prefix: basePath },
  );

  /** The handler for an endpoint, or for an unknown path. */
  function handlerFor(route: Route | undefined) {
    return {
      async onRequest(request: FastifyRequest, reply: FastifyReply) {
        const { record } = startRecord(world, route, request);
        const early = await applyFaults(world, 'arrival', record);
        if (!early) return undefined;
        if (early !== 'reset') await drain(request);
        return conclude(request, reply, early);
      },
      async handler(request: FastifyRequest, reply: FastifyReply) {
        const { record } = arrivalOf(request);
        const answer = await admit(world, request);
        if (answer.status >= 300) return conclude(request, reply, answer);
        const late = await applyFaults(world, 'accepted', record);
        return conclude(
          request,
          reply,
          late ?? (record.faults.includes('garbled') ? garbled(answer) : answer),
        );
      },
    };
  }

  function conclude(request: FastifyRequest, reply: FastifyReply, outcome: Outcome): FastifyReply {
    const { record } = arrivalOf(request);
    if (outcome === 'reset') {
      onRequest(record);
      return reset(request, reply);
    }
    record.status = outcome.status;
    record.reason = reasonOf(outcome);
    // A header may contain only ASCII.
    const detail = record.detail?.replace(/[^\x20-\x7e]/g, '?');
    if (detail) reply.header('x-simulator-detail', detail);
    onRequest(record);
    return send(reply, outcome);
  }
}

const arrivalOf = (request: FastifyRequest): Arrival => request.getDecorator<Arrival>('arrival');

/** Starts the record of a request. */
function startRecord(world: World, found: Route | undefined, request: FastifyRequest): Arrival {
  const { method, originalUrl, url, headers } = request;
  const params = request.params as Record<string, string>;
  // A path that cannot be decoded, or that has an empty name, belongs to no endpoint.
  const route = url === originalUrl && !Object.values(params).includes('') ? found : undefined;
  const { adAccountId, id } = params;
  const record = world.state.addRequest({
    time: new Date(serverTime(world)).toISOString(),
    method,
    path: originalUrl.slice(basePath.length).replace(/\?$/, ''),
    endpoint: route?.name ?? 'unknown',
  });
  if (route && adAccountId) record.adAccountId = adAccountId;
  if (route && id) record.audienceId = id;
  const hasBody = Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
  const contentType = hasBody ? (headers['content-type'] ?? '') : '';
  if (bare(contentType) === form) headers['content-type'] = form;
  else forgetContentType(request);
  const arrival: Arrival = { route, contentType, startedAt: world.clock.time(), record };
  request.setDecorator('arrival', arrival);
  return arrival;
}

/** A content type without parameters, in lower case. */
const bare = (contentType: string): string => contentType.split(';', 1)[0]!.trim().toLowerCase();

/** Checks the signature, the rate and the endpoint. */
async function admit(world: World, request: FastifyRequest): Promise<Reply> {
  const arrival = arrivalOf(request);
  const { route, record } = arrival;
  const contentType = bare(arrival.contentType);
  const bytes = request.body instanceof Buffer ? request.body : null;
  const { authorization, date } = request.headers;
  const canonicalUri = request.originalUrl.split('?', 1)[0]!;
  const accessKey = verifySignature(
    { authorization, date, contentType, body: bytes, canonicalUri },
    {
      secretOf: (kid) => world.keys.get(kid)?.secretKey,
      now: serverTime(world),
      tokenPadding: world.settings.tokenPadding,
    },
  );
  record.accessKey = accessKey;
  const key = world.keys.get(accessKey)!; // The verification has found its secret.
  if (!world.rate.admit(accessKey, world.clock.time(), world.settings)) {
    throw new Refusal(429, undefined, {
      detail: `more than ${world.settings.rateLimit} requests a second`,
      violation: 'rate_exceeded',
    });
  }
  if (!route)
    throw new Refusal(400, 'INVALID_VALUE', {
      detail: `there is no endpoint ${record.method} ${record.path}`,
    });
  checkContentType(route, contentType);
  const body = route.body === 'json' ? parseJson(bytes) : undefined;
  const { query, raw: incoming } = request;
  const params = request.params as Record<string, string>;
  return route.handle({ ...arrival, world, state: world.state, key, incoming, params, query, body });
}

function checkContentType(route: Route, contentType: string): void {
  const expected = { none: contentType, json: 'application/json', multipart: form }[route.body];
  if (contentType === expected) return;
  throw new Refusal(400, 'INVALID_CONTENT_TYPE_HEADER', {
    property: 'Content-Type',
    detail: `expected ${expected}, got ${contentType || 'none'}`,
  });
}

function parseJson(bytes: Buffer | null): unknown {
  try {
    return JSON.parse(bytes?.toString('utf8') ?? '');
  } catch {
    throw new Refusal(400, 'INVALID_FORMAT', { detail: 'the body is not JSON' });
  }
}

/** The answer for a request that failed. */
async function afterError(world: World, request: FastifyRequest, error: Error): Promise<Outcome> {
  const { record } = arrivalOf(request);
  const refusal = isTooLarge(error) ? new Refusal(400, 'INVALID_VALUE', { detail: tooLarge }) : error;
  if (refusal instanceof Refusal) {
    const { violation, message } = refusal;
    if (violation)
      flag({ state: world.state, record }, violation, `${record.method} ${record.path}: ${message}`);
    record.detail = message;
    const sent = await drain(request).then(
      () => true,
      () => false,
    );
    if (sent) return refusalReply(refusal);
  } else if (!request.socket.destroyed && !world.closing.aborted) throw error;
  record.detail = 'the client went away';
  return 'reset';
}

/** Applies the faults of this point. Returns the answer of a fault, if there is one. */
async function applyFaults(world: World, point: FaultPoint, record: RequestRecord): Promise<Outcome | null> {
  const { endpoint, method, fileName } = record;
  const faults = world.faults.meet(point, { endpoint, method, fileName });
  record.faults.push(...faults.map(({ kind }) => kind));
  for (const fault of faults) {
    if (fault.kind === 'slow') await delay(fault.ms, undefined, { signal: world.closing });
  }
  for (const fault of faults) {
    const outcome = outcomeOf(fault);
    if (outcome) return outcome;
  }
  return null;
}

function outcomeOf(fault: Fault): Outcome | null {
  if (fault.kind === 'reset') return 'reset';
  if (fault.kind === 'busy')
    return refusalReply({ status: 400, reason: fault.reason ?? 'LOCK_DEFAULT', property: undefined });
  if (fault.kind !== 'status') return null;
  const { status = 503, reason, property, retryAfter } = fault;
  const reply = refusalReply({ status, reason, property });
  return retryAfter === undefined ? reply : { ...reply, headers: { 'retry-after': String(retryAfter) } };
}

function reasonOf({ json }: Reply): string | undefined {
  const { errors } = Object(json) as { errors?: { reason?: string }[] };
  return errors?.[0]?.reason;
}
