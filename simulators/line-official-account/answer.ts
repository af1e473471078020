/**
 * The core of the simulator: how a request is answered, however it came. Faults, token, rate, endpoint, faults again,
 * answer. It knows no HTTP server and no real time.
 */
import { Body, type Incoming } from '../shared/incoming.ts';
import { withoutNulls } from '../shared/json-values.ts';
import { answered, outcomeOf } from '../shared/outcome.ts';
import { altered } from '../shared/point-faults.ts';
import type { Answer, Reply, Reset } from '../shared/reply.ts';
import { admit } from './admit.ts';
import type { Arrival } from './arrival.ts';
import { applyFaults } from './fault-effects.ts';
import { RefusalError, refusalReply } from './refusal.ts';
import { findRoute } from './routes/find.ts';
import { issueToken } from './routes/token.ts';
import type { RequestRecord } from './state.ts';
import { anyToken } from './tokens.ts';
import { flag, serverTime, type World } from './world.ts';

/** As LINE limits every request but uploads of files. */
const longestBody = 2_097_152;

/**
 * Answers one request. It rejects only because of a bug.
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
    carryOut: () => replyOf(world, arrival),
    altered,
    refused: (error) => refused(world, record, error),
  });
  if (outcome.status === undefined) {
    onEnd?.(record);
    return outcome;
  }
  record.status = outcome.status;
  onEnd?.(record);
  const omits = world.settings.absentProperties === 'omit' && outcome.json !== undefined;
  const reply = omits ? { ...outcome, json: withoutNulls(outcome.json) } : outcome;
  return answered({ ...reply, headers: { ...reply.headers, ...requestId(record) } }, record, serverTime(world));
}

/** LINE numbers all requests. */
const requestId = ({ number }: RequestRecord) => ({
  'x-line-request-id': `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`,
});

/** Starts the record of a request, and looks for secrets where they must not be. */
function arrive(world: World, incoming: Incoming): Arrival {
  const { method, headers, target } = incoming;
  const { state } = world;
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const found = findRoute(method, path);
  const isSecret = hasSecret(world, target);
  const record = state.requests.add(
    { method, path: isSecret ? shownPath(world, path) : target, endpoint: found?.route.name ?? 'unknown' },
    new Date(serverTime(world)).toISOString(),
  );
  if (found?.id) record.audienceId = found.id;
  const call = { state, record };
  if (isSecret) flag(call, 'secret_in_address', `${method} ${record.endpoint}: a secret is in the address`);
  for (const [name, value = ''] of Object.entries(headers)) {
    const isToken = name === 'authorization' && found?.route.name !== 'token';
    if (isToken ? hasClientSecret(world, value) : hasSecret(world, value))
      flag(call, 'secret_in_header', `${method} ${record.endpoint}: a secret is in the header ${name}`);
  }
  return {
    incoming,
    route: found?.route,
    id: found?.id ?? '',
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    body: new Body(incoming.body),
    contentType: incoming.body === null ? '' : (headers['content-type'] ?? ''),
    startedAt: world.clock.time(),
    record,
  };
}

const hasClientSecret = ({ state }: World, text: string): boolean =>
  [...state.channels.values()].some(({ secret }) => text.includes(secret));

const hasSecret = (world: World, text: string): boolean => anyToken.test(text) || hasClientSecret(world, text);

/** Of an address with a secret. */
const shownPath = (world: World, path: string): string => (hasSecret(world, path) ? '…' : path);

/** @throws {RefusalError} */
async function replyOf(world: World, arrival: Arrival): Promise<Reply> {
  const { route, body, record } = arrival;
  const bytes = route?.body === 'form' ? null : await body.whole(longestBody);
  if (bytes && bytes.length > longestBody)
    throw new RefusalError({ status: 413, message: 'Payload Too Large', detail: 'the body is larger than 2 MB' });
  if (route?.name === 'token') {
    const given = Object.fromEntries(new URLSearchParams(bytes?.toString('utf8')));
    return issueToken({ world, state: world.state, record, given }, arrival.contentType);
  }
  const call = await admit(world, arrival, bytes);
  return route!.handle!(call);
}

function refused({ state }: World, record: RequestRecord, error: unknown): Reply {
  if (!(error instanceof RefusalError)) throw error;
  const { violation, message, code } = error;
  if (violation) flag({ state, record }, violation, `${record.method} ${record.endpoint}: ${message}`);
  record.detail = message;
  if (code !== undefined) record.code = code;
  return refusalReply(error);
}
