/**
 * The core of the simulator: how an API request is answered, however it came. Faults, signature, rate, endpoint,
 * faults again, answer. It knows no HTTP server and no real time.
 */

import { Body, type Incoming } from '../shared/incoming.ts';
import { answered, outcomeOf } from '../shared/outcome.ts';
import { altered } from '../shared/point-faults.ts';
import { type Answer, type Reply, type Reset, tooLarge } from '../shared/reply.ts';
import { applyFaults } from './fault-effects.ts';
import { RefusalError, refusalReply } from './refusal.ts';
import { type Found, findRoute } from './routes/find.ts';
import type { Route } from './routes/table.ts';
import { verifySignature } from './signature.ts';
import type { RequestRecord } from './state.ts';
import { type Call, flag, serverTime, type World } from './world.ts';

/** The base path of the API. The signed path begins with it. */
export const basePath = '/api';

/** A request of which everything but the body has arrived. */
interface Arrival extends Pick<Call, 'contentType' | 'startedAt' | 'record'> {
  readonly incoming: Incoming;
  readonly canonicalUri: string;
  readonly query: string;
  /** Its endpoint, if there is one. */
  readonly found: Found | undefined;
  readonly body: Body;
}

const form = 'multipart/form-data';
const longestBody = 1_048_576;

/**
 * Answers one request to a path below {@link basePath}. It rejects only because of a bug.
 * @param onEnd called with the record of the request, with or without an answer
 */
export async function answer(
  world: World,
  incoming: Incoming,
  onEnd?: (record: RequestRecord) => void,
): Promise<Answer | Reset> {
  const arrival = arrive(world, incoming);
  const { record } = arrival;
  const outcome = await outcomeOf({
    record,
    body: arrival.body,
    closing: world.closing,
    applyFaults: (point) => applyFaults(world, point, record),
    carryOut: () => admit(world, arrival),
    altered,
    refused: (error) => refused(world, record, error),
  });
  if (outcome.status === undefined) {
    onEnd?.(record);
    return outcome;
  }
  record.status = outcome.status;
  record.reason = reasonOf(outcome);
  onEnd?.(record);
  return answered(outcome, record, serverTime(world));
}

/** Starts the record of a request. */
function arrive(world: World, incoming: Incoming): Arrival {
  const { method, target, headers } = incoming;
  const mark = target.indexOf('?');
  const canonicalUri = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark + 1);
  const found = findRoute(method, canonicalUri.slice(basePath.length));
  const record = world.state.requests.add(
    {
      method,
      path: (query === '' ? canonicalUri : target).slice(basePath.length),
      endpoint: found?.route.name ?? 'unknown',
    },
    new Date(serverTime(world)).toISOString(),
  );
  const { adAccountId, id } = found?.params ?? {};
  if (adAccountId) record.adAccountId = adAccountId;
  if (id) record.audienceId = id;
  return {
    incoming,
    canonicalUri,
    query,
    found,
    body: new Body(incoming.body),
    contentType: incoming.body === null ? '' : (headers['content-type'] ?? ''),
    startedAt: world.clock.time(),
    record,
  };
}

/** Checks the signature, the rate and the endpoint. @throws {RefusalError} */
async function admit(world: World, arrival: Arrival): Promise<Reply> {
  const { found, record, incoming, canonicalUri, startedAt } = arrival;
  const contentType = bare(arrival.contentType);
  const bytes = contentType === form ? null : await arrival.body.whole(longestBody);
  if (bytes && bytes.length > longestBody) throw new RefusalError(400, 'INVALID_VALUE', { detail: tooLarge });
  const { authorization, date } = incoming.headers;
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
  await applyFaults(world, 'key', record);
  if (world.state.isRevoked(accessKey))
    throw new RefusalError(401, 'AUTHORIZATION_FAILED', { detail: 'the access key is revoked' });
  // By the time of its arrival: a slow answer does not move it.
  if (!world.rate.admit(accessKey, startedAt, world.settings)) {
    throw new RefusalError(429, undefined, {
      detail: `more than ${world.settings.rateLimit} requests a second`,
      violation: 'rate_exceeded',
    });
  }
  if (!found)
    throw new RefusalError(400, 'INVALID_VALUE', {
      detail: `there is no endpoint ${record.method} ${record.path}`,
    });
  const { route, params } = found;
  checkContentType(route, contentType);
  const body = route.body === 'json' ? parseJson(bytes) : undefined;
  return route.handle({
    world,
    state: world.state,
    key,
    stream: arrival.body,
    contentType: arrival.contentType,
    params,
    query: parseQuery(arrival.query),
    body,
    startedAt,
    record,
  });
}

/** A content type without parameters, in lower case. */
const bare = (contentType: string): string => contentType.split(';', 1)[0]!.trim().toLowerCase();

/** When a name occurs twice, the first value counts. */
const parseQuery = (query: string): Record<string, string> =>
  query === '' ? {} : Object.fromEntries([...new URLSearchParams(query)].reverse());

function checkContentType(route: Route, contentType: string): void {
  const expected = { none: contentType, json: 'application/json', multipart: form }[route.body];
  if (contentType === expected) return;
  throw new RefusalError(400, 'INVALID_CONTENT_TYPE_HEADER', {
    property: 'Content-Type',
    detail: `expected ${expected}, got ${contentType || 'none'}`,
  });
}

function parseJson(bytes: Buffer | null): unknown {
  try {
    return JSON.parse(bytes?.toString('utf8') ?? '');
  } catch {
    throw new RefusalError(400, 'INVALID_FORMAT', { detail: 'the body is not JSON' });
  }
}

function refused(world: World, record: RequestRecord, error: unknown): Reply {
  if (!(error instanceof RefusalError)) throw error;
  const { violation, message } = error;
  if (violation) flag({ state: world.state, record }, violation, `${record.method} ${record.path}: ${message}`);
  record.detail = message;
  return refusalReply(error);
}

function reasonOf({ json }: Reply): string | undefined {
  const { errors } = Object(json) as { errors?: { reason?: string }[] };
  return errors?.[0]?.reason;
}
