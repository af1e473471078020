/** The path of every API request: route, faults, signature, rate, endpoint, faults again. */

import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Reply } from '../shared/reply.ts';
import { contentTypeOf, drain, hasBody, readBody } from './body.ts';
import type { Fault, FaultPoint } from './faults.ts';
import { Refusal } from './refusal.ts';
import { findRoute, type Route } from './routes/table.ts';
import { verifySignature } from './signature.ts';
import type { RequestRecord } from './state.ts';
import { type Call, flag, serverTime, type World } from './world.ts';

/** Where the API lives; the signed path begins with it. */
export const basePath = '/api';

/** `reset`: the connection is torn down without an answer, on order or because the client has gone away. */
export type Outcome = Reply | 'reset';

/** Answers one request whose path is below {@link basePath}. */
export async function answerApi(
  world: World,
  incoming: IncomingMessage,
): Promise<{ outcome: Outcome; record: RequestRecord }> {
  const method = incoming.method ?? '';
  const [uri = '', query = ''] = (incoming.url ?? '').split(/\?(.*)/s);
  const path = uri.slice(basePath.length);
  const found = findRoute(method, path);
  const record = world.state.addRequest({
    time: new Date(serverTime(world)).toISOString(),
    method,
    path: query === '' ? path : `${path}?${query}`,
    endpoint: found?.route.name ?? 'unknown',
  });
  if (found?.params.adAccountId) record.adAccountId = found.params.adAccountId;
  if (found?.params.id) record.audienceId = found.params.id;
  const startedAt = world.clock.time();
  const base = { world, state: world.state, incoming, query: new URLSearchParams(query), startedAt, record };
  try {
    return { outcome: await outcomeFor(base, found, uri), record };
  } catch (error) {
    if (!incoming.socket.destroyed && !world.closing.aborted) throw error;
    record.detail = 'the client went away';
    return { outcome: 'reset', record };
  }
}

/** Carries the request out between the faults that it meets before and after. */
async function outcomeFor(
  base: BareCall,
  found: ReturnType<typeof findRoute>,
  uri: string,
): Promise<Outcome> {
  const { world, incoming, record } = base;
  const early = await meet(world, 'arrival', record);
  if (early) {
    if (early !== 'reset') await drain(incoming);
    return early;
  }
  const reply = await carryOut(base, found, uri);
  if (reply.status >= 300) return reply;
  const late = await meet(world, 'accepted', record);
  return late ?? (record.faults.includes('garbled') ? garble(reply) : reply);
}

type BareCall = Omit<Call, 'key' | 'params' | 'body'>;

async function carryOut(base: BareCall, found: ReturnType<typeof findRoute>, uri: string): Promise<Reply> {
  const { record, incoming } = base;
  try {
    return await admit(base, found, uri);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.violation) flag(base, error.violation, `${record.method} ${record.path}: ${error.message}`);
    record.detail = error.message;
    await drain(incoming);
    return refusalReply(error);
  }
}

/** Lets through what is signed, paced and addressed rightly. */
async function admit(base: BareCall, found: ReturnType<typeof findRoute>, uri: string): Promise<Reply> {
  const { world, incoming, record } = base;
  const contentType = contentTypeOf(incoming);
  const isForm = contentType === 'multipart/form-data';
  const bytes = isForm || !hasBody(incoming) ? null : await readBody(incoming);
  const { authorization, date } = incoming.headers;
  const signed = { authorization, date, contentType, body: bytes, canonicalUri: uri };
  const accessKey = verifySignature(signed, {
    secretOf: (kid) => world.keys.get(kid)?.secretKey,
    now: serverTime(world),
    tokenPadding: world.settings.tokenPadding,
  });
  record.accessKey = accessKey;
  const key = world.keys.get(accessKey)!; // The verification has found its secret.
  if (!world.rate.admit(accessKey, world.clock.time(), world.settings)) {
    throw new Refusal(429, undefined, {
      detail: `more than ${world.settings.rateLimit} requests a second`,
      violation: 'rate_exceeded',
    });
  }
  if (!found)
    throw new Refusal(400, 'INVALID_VALUE', {
      detail: `there is no endpoint ${record.method} ${record.path}`,
    });
  checkContentType(found.route, contentType);
  const body = found.route.body === 'json' ? parseJson(bytes) : undefined;
  return found.route.handle({ ...base, key, params: found.params, body });
}

function checkContentType(route: Route, contentType: string): void {
  const expected = { none: contentType, json: 'application/json', multipart: 'multipart/form-data' }[
    route.body
  ];
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

function refusalReply({ status, reason, property }: Pick<Refusal, 'status' | 'reason' | 'property'>): Reply {
  if (reason === undefined) return { status };
  return { status, json: { errors: [property === undefined ? { reason } : { reason, property }] } };
}

/** Lets the faults of this point happen; what the request is answered with instead, if anything. */
async function meet(world: World, point: FaultPoint, record: RequestRecord): Promise<Outcome | null> {
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
  return retryAfter === undefined ? reply : { ...reply, headers: { 'Retry-After': String(retryAfter) } };
}

function garble(reply: Reply): Reply {
  const json = JSON.stringify(reply.json ?? {});
  return {
    status: reply.status,
    text: [json.slice(0, json.length / 2)],
    headers: { 'Content-Type': 'application/json' },
  };
}
