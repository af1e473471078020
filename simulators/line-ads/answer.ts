/**
 * The core of the simulator: how an API request is answered, however it came. Faults, signature, rate, endpoint,
 * faults again, answer. It knows no HTTP server and no real time.
 */

import { type Begun, begin, firstValues, mediaType, noteRefusal, splitTarget } from '../shared/begin.ts';
import type { Incoming } from '../shared/incoming.ts';
import { answerOf } from '../shared/outcome.ts';
import { type Answer, type Reply, type Reset, tooLarge } from '../shared/reply.ts';
import { applyFaults } from './fault-effects.ts';
import { RefusalError, refusalReply } from './refusal.ts';
import { type Found, findRoute } from './routes/find.ts';
import type { Route } from './routes/table.ts';
import { verifySignature } from './signature.ts';
import type { RequestRecord } from './state.ts';
import { serverTime, type World } from './world.ts';

/** The base path of the API. The signed path begins with it. */
export const basePath = '/api';

interface Arrival extends Begun<RequestRecord> {
  readonly canonicalUri: string;
  readonly query: string;
  /** Its endpoint, if there is one. */
  readonly found: Found | undefined;
}

const form = 'multipart/form-data';
const longestBody = 1_048_576;

/**
 * Answers one request to a path below {@link basePath}. It rejects only because of a bug.
 * @param onEnd called with the record of the request, with or without an answer
 */
export function answer(
  world: World,
  incoming: Incoming,
  onEnd?: (record: RequestRecord) => void,
): Promise<Answer | Reset> {
  const arrival = arrive(world, incoming);
  const { record, body } = arrival;
  return answerOf({
    record,
    body,
    closing: world.closing,
    applyFaults: (point) => applyFaults(world, point, record),
    carryOut: () => admit(world, arrival),
    refused: (error) => refused(world, record, error),
    ended(reply) {
      record.reason = reasonOf(reply);
      return reply;
    },
    time: () => serverTime(world),
    onEnd,
  });
}

/** Starts the record of a request. */
function arrive(world: World, incoming: Incoming): Arrival {
  const { method, target } = incoming;
  const { path: canonicalUri, query } = splitTarget(target);
  const found = findRoute(method, canonicalUri.slice(basePath.length));
  const path = (query === '' ? canonicalUri : target).slice(basePath.length);
  const begun = begin(world, incoming, { path, endpoint: found?.route.name ?? 'unknown' }, serverTime(world));
  const { adAccountId, id } = found?.params ?? {};
  if (adAccountId) begun.record.adAccountId = adAccountId;
  if (id) begun.record.audienceId = id;
  return { ...begun, canonicalUri, query, found };
}

/** Checks the signature, the rate and the endpoint. @throws {RefusalError} */
async function admit(world: World, arrival: Arrival): Promise<Reply> {
  const { found, record, incoming, canonicalUri, startedAt } = arrival;
  const contentType = mediaType(arrival.contentType);
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
  await applyFaults(world, 'sender', record);
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
    query: firstValues(arrival.query),
    body,
    startedAt,
    record,
  });
}

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
  noteRefusal({ state: world.state, record }, error);
  return refusalReply(error);
}

function reasonOf({ json }: Reply): string | undefined {
  const { errors } = Object(json) as { errors?: { reason?: string }[] };
  return errors?.[0]?.reason;
}
