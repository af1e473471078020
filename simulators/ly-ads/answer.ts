/**
 * The core of the simulator: how a request is answered, however it came. Faults, token, rate, base account, endpoint,
 * faults again, answer. It knows no HTTP server and no real time.
 */
import { Body, type Incoming } from '../shared/incoming.ts';
import { withoutNulls } from '../shared/json-values.ts';
import { answered, outcomeOf } from '../shared/outcome.ts';
import { altered } from '../shared/point-faults.ts';
import { type Answer, type Reply, type Reset, tooLarge } from '../shared/reply.ts';
import { admit } from './admit.ts';
import type { Arrival } from './arrival.ts';
import { applyFaults } from './fault-effects.ts';
import { anyToken } from './grants.ts';
import { errorJson, failedValue, RefusalError } from './refusal.ts';
import { type OauthRoute, type Route, routes, type ServiceRoute } from './routes/table.ts';
import type { RequestRecord } from './state.ts';
import { flag, serverTime, type World } from './world.ts';

const longestBody = 1_048_576;

/**
 * Answers one request. It rejects only because of a bug.
 * @param onEnd called with the record of the request, with or without an answer
 */
export async function answer(
  world: World,
  incoming: Incoming,
  onEnd?: (record: RequestRecord) => void,
): Promise<Answer | Reset> {
  const mark = incoming.target.indexOf('?');
  const path = mark < 0 ? incoming.target : incoming.target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : incoming.target.slice(mark + 1));
  const route = routes.find((route) => route.path === path && route.methods.includes(incoming.method));
  const arrival = arrive(world, incoming, path, query, route);
  const { record } = arrival;
  const outcome = await outcomeOf({
    record,
    body: arrival.body,
    closing: world.closing,
    applyFaults: (point) => applyFaults(world, point, record),
    carryOut: () => replyOf(world, arrival, route),
    altered,
    refused: (error) => refused(world, arrival, route, error),
  });
  if (outcome.status === undefined) {
    onEnd?.(record);
    return outcome;
  }
  record.status = outcome.status;
  onEnd?.(record);
  const omits = world.settings.absentProperties === 'omit' && outcome.json !== undefined;
  const reply = omits ? { ...outcome, json: withoutNulls(outcome.json) } : outcome;
  return answered(reply, record, serverTime(world));
}

/** Starts the record of a request, and looks for secrets where they must not be. */
function arrive(
  world: World,
  incoming: Incoming,
  path: string,
  query: URLSearchParams,
  route: Route | undefined,
): Arrival {
  const { method, headers, target } = incoming;
  const { state } = world;
  const isOauth = path.startsWith('/oauth/');
  const hidesQuery = isOauth || hasSecret(world, target);
  const record = state.requests.add(
    { method, path: hidesQuery ? path : target, endpoint: route?.name ?? 'unknown' },
    new Date(serverTime(world)).toISOString(),
  );
  const call = { state, record };
  if (hasSecret(world, target) && route?.name !== 'token')
    flag(call, 'secret_in_address', `${method} ${path}: a secret is in the address`);
  for (const [name, value = ''] of Object.entries(headers)) {
    const isToken = name === 'authorization' && !isOauth;
    const found = isToken ? hasClientSecret(world, value) : name === 'authorization' || hasSecret(world, value);
    if (found) flag(call, 'secret_in_header', `${method} ${path}: a secret is in the header ${name}`);
  }
  return {
    incoming,
    // When a name occurs twice, the first value counts.
    query: Object.fromEntries([...query].reverse()),
    body: new Body(incoming.body),
    contentType: incoming.body === null ? '' : (headers['content-type'] ?? ''),
    startedAt: world.clock.time(),
    record,
    operands: 1,
  };
}

const hasClientSecret = ({ clients }: World, text: string): boolean =>
  [...clients.values()].some(({ clientSecret }) => text.includes(clientSecret));

const hasSecret = (world: World, text: string): boolean => anyToken.test(text) || hasClientSecret(world, text);

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
  const { violation, message, problem } = error;
  if (violation) flag({ state: world.state, record }, violation, `${record.method} ${record.endpoint}: ${message}`);
  record.detail = message;
  record.code = problem.code;
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
