/**
 * The core of the simulator: how a request is answered, however it came. Faults, token, rate, endpoint, faults again,
 * answer. It knows no HTTP server and no real time.
 */
import { begin, noteRefusal, splitTarget } from '../shared/begin.ts';
import type { Incoming } from '../shared/incoming.ts';
import { withoutNulls } from '../shared/json-values.ts';
import { answerOf } from '../shared/outcome.ts';
import type { Answer, Reply, Reset } from '../shared/reply.ts';
import { Secrets } from '../shared/secrets.ts';
import { flag } from '../shared/violations.ts';
import { type Arrival, admit } from './admit.ts';
import { applyFaults } from './fault-effects.ts';
import { RefusalError, refusalReply } from './refusal.ts';
import { findRoute } from './routes/find.ts';
import { issueToken } from './routes/token.ts';
import type { RequestRecord } from './state.ts';
import { anyToken } from './tokens.ts';
import { serverTime, type World } from './world.ts';

/** As LINE limits every request but uploads of files. */
const longestBody = 2_097_152;

/**
 * Answers one request. It rejects only because of a bug.
 * @param onEnd called with the record of the request, with or without an answer
 */
export function answer(
  world: World,
  incoming: Incoming,
  onEnd?: (record: RequestRecord) => void,
): Promise<Answer | Reset> {
  const arrival = arrive(world, incoming);
  const { record, body } = arrival;
  const omits = world.settings.absentProperties === 'omit';
  return answerOf({
    record,
    body,
    closing: world.closing,
    applyFaults: (point) => applyFaults(world, point, record),
    carryOut: () => replyOf(world, arrival),
    refused: (error) => refused(world, record, error),
    ended(reply) {
      const json = omits && reply.json !== undefined ? { json: withoutNulls(reply.json) } : {};
      return { ...reply, ...json, headers: { ...reply.headers, ...requestId(record) } };
    },
    time: () => serverTime(world),
    onEnd,
  });
}

/** LINE numbers all requests. */
const requestId = ({ number }: RequestRecord) => ({
  'x-line-request-id': `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`,
});

/** Starts the record of a request, and looks for secrets where they must not be. */
function arrive(world: World, incoming: Incoming): Arrival {
  const { method, target } = incoming;
  const { state } = world;
  const secrets = new Secrets(
    anyToken,
    [...state.channels.values()].map(({ secret }) => secret),
  );
  const { path, query } = splitTarget(target);
  const found = findRoute(method, path);
  const endpoint = found?.route.name ?? 'unknown';
  const shown = secrets.areIn(path) ? '…' : secrets.areIn(target) ? path : target;
  const begun = begin(world, incoming, { path: shown, endpoint }, serverTime(world));
  const { record } = begun;
  if (found?.id) record.audienceId = found.id;
  for (const finding of secrets.findings(incoming, `${method} ${endpoint}`, endpoint === 'token' ? 'nothing' : 'token'))
    flag({ state, record }, ...finding);
  return { ...begun, route: found?.route, id: found?.id ?? '', query: new URLSearchParams(query) };
}

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
  noteRefusal({ state, record }, error);
  if (error.code !== undefined) record.code = error.code;
  return refusalReply(error);
}
