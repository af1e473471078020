/**
 * The core of the simulator: how a request is answered, however it came. Faults, token, rate, base account, endpoint,
 * faults again, answer. It knows no HTTP server and no real time.
 */
import { begin, firstValues, noteRefusal, splitTarget } from '../shared/begin.ts';
import type { Incoming } from '../shared/incoming.ts';
import { withoutNulls } from '../shared/json-values.ts';
import { answerOf } from '../shared/outcome.ts';
import { type Answer, type Reply, type Reset, tooLarge } from '../shared/reply.ts';
import { Secrets } from '../shared/secrets.ts';
import { flag } from '../shared/violations.ts';
import { type Arrival, admit } from './admit.ts';
import { applyFaults } from './fault-effects.ts';
import { anyToken } from './grants.ts';
import { errorJson, failedValue, RefusalError } from './refusal.ts';
import { type OauthRoute, type Route, routes, type ServiceRoute } from './routes/table.ts';
import type { RequestRecord } from './state.ts';
import { serverTime, type World } from './world.ts';

const longestBody = 1_048_576;

/**
 * Answers one request. It rejects only because of a bug.
 * @param onEnd called with the record of the request, with or without an answer
 */
export function answer(
  world: World,
  incoming: Incoming,
  onEnd?: (record: RequestRecord) => void,
): Promise<Answer | Reset> {
  const { path, query } = splitTarget(incoming.target);
  const route = routes.find((route) => route.path === path && route.methods.includes(incoming.method));
  const arrival = arrive(world, incoming, path, query, route);
  const { record, body } = arrival;
  const omits = world.settings.absentProperties === 'omit';
  return answerOf({
    record,
    body,
    closing: world.closing,
    applyFaults: (point) => applyFaults(world, point, record),
    carryOut: () => replyOf(world, arrival, route),
    refused: (error) => refused(world, arrival, route, error),
    ended: (reply) => (omits && reply.json !== undefined ? { ...reply, json: withoutNulls(reply.json) } : reply),
    time: () => serverTime(world),
    onEnd,
  });
}

/** Starts the record of a request, and looks for secrets where they must not be. */
function arrive(world: World, incoming: Incoming, path: string, query: string, route: Route | undefined): Arrival {
  const secrets = new Secrets(
    anyToken,
    [...world.clients.values()].map(({ clientSecret }) => clientSecret),
  );
  const isOauth = path.startsWith('/oauth/');
  const shown = isOauth || secrets.areIn(incoming.target) ? path : incoming.target;
  const begun = begin(world, incoming, { path: shown, endpoint: route?.name ?? 'unknown' }, serverTime(world));
  const takes = route?.name === 'token' ? 'address' : isOauth ? 'nothing' : 'token';
  for (const finding of secrets.findings(incoming, `${incoming.method} ${path}`, takes))
    flag({ state: world.state, record: begun.record }, ...finding);
  return { ...begun, query: firstValues(query), operands: 1 };
}

/** @throws {RefusalError} */
async function replyOf(world: World, arrival: Arrival, route: Route | undefined): Promise<Reply> {
  if (route && isOauthRoute(route)) {
    const form = await arrival.body.whole(longestBody);
    const given = { ...arrival.query, ...Object.fromEntries(new URLSearchParams(form.toString('utf8'))) };
    return route.answer({ world, state: world.state, record: arrival.record, given });
  }
  const hasForm = route?.body === 'form';
  const bytes = hasForm ? null : await arrival.body.whole(longestBody);
  if (bytes && bytes.length > longestBody) throw new RefusalError('0001', { status: 400, detail: tooLarge });
  const call = await admit(world, arrival, route, bytes);
  const rval = await route!.handle(call);
  return { status: 200, json: { rid: ridOf(arrival.record), errors: null, rval } };
}

const isOauthRoute = (route: Route): route is OauthRoute => 'answer' in route;

const ridOf = ({ number }: RequestRecord): string => number.toString(16).padStart(32, '0');

function refused(world: World, { record, operands }: Arrival, route: Route | undefined, error: unknown): Reply {
  if (!(error instanceof RefusalError)) throw error;
  noteRefusal({ state: world.state, record }, error);
  record.code = error.problem.code;
  return refusalReply(error, ridOf(record), route && !isOauthRoute(route) ? route : undefined, operands);
}

function refusalReply(
  { status, level, problem }: RefusalError,
  rid: string,
  route: ServiceRoute | undefined,
  operands: number,
): Reply {
  if (level < 3 || !route) return { status, json: { rid, errors: [errorJson(problem)] } };
  const values = Array.from({ length: operands }, () => failedValue(route.entity, [problem]));
  return { status, json: { rid, errors: null, rval: { values } } };
}
