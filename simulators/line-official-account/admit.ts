/** What every endpoint but that of tokens checks of a request: the token, the rate, and the form. */
import { type Begun, mediaType } from '../shared/begin.ts';
import { hasAudiences } from './channels.ts';
import { applyFaults } from './fault-effects.ts';
import { RefusalError } from './refusal.ts';
import type { Route } from './routes/table.ts';
import type { RequestRecord } from './state.ts';
import type { AccessToken } from './tokens.ts';
import type { Call, World } from './world.ts';

export interface Arrival extends Begun<RequestRecord> {
  readonly route: Route | undefined;
  /** The id in the path. */
  readonly id: string;
  readonly query: URLSearchParams;
}

/**
 * @param bytes the body, unless the endpoint reads a form
 * @throws {RefusalError}
 */
export async function admit(world: World, arrival: Arrival, bytes: Buffer | null): Promise<Call> {
  const { record, route, contentType, startedAt } = arrival;
  const { state, rate, settings } = world;
  const token = tokenOf(world, arrival);
  record.channelId = token.channelId;
  await applyFaults(world, 'sender', record);
  if (!state.tokens.isValid(token)) throw unauthorized('the access token has expired');
  const channel = state.channels.get(token.channelId)!; // Tokens are issued to these channels only.
  if (!route)
    throw new RefusalError({
      status: 404,
      message: 'Not found',
      detail: `there is no ${record.method} ${record.path}`,
    });
  // By the time of the arrival: a slow answer does not move it. Ids in the path make no difference.
  if (!rate.admit(`${channel.id} ${route.name}`, startedAt, settings)) {
    throw new RefusalError({
      status: 429,
      message: 'The API rate limit has been exceeded. Try again later.',
      detail: `more than ${settings.rateLimit} requests a minute to ${route.name}`,
      violation: 'rate_exceeded',
    });
  }
  if (!hasAudiences(channel)) {
    throw new RefusalError({
      status: 403,
      message: 'Access to this API is not available for your account',
      detail: `the account is of ${channel.country}, only those of JP, TH and TW have audiences`,
    });
  }
  checkType(route.body, contentType);
  const body = route.body === 'json' ? parseJson(bytes) : undefined;
  await applyFaults(world, 'allowed', record);
  return {
    world,
    state,
    channel,
    stream: arrival.body,
    contentType,
    id: arrival.id,
    query: arrival.query,
    body,
    record,
  };
}

const unauthorized = (detail: string) =>
  new RefusalError({ status: 401, message: `Authentication failed due to the following reason: ${detail}`, detail });

function tokenOf({ state }: World, { incoming }: Arrival): AccessToken {
  const { authorization } = incoming.headers;
  if (!authorization) throw unauthorized('there is no header Authorization');
  const [, token = ''] = /^Bearer (\S+)$/.exec(authorization) ?? [];
  const found = state.tokens.find(token);
  if (!found) throw unauthorized('the access token is unknown');
  return found;
}

const types = { none: '', json: 'application/json', form: 'multipart/form-data' };

function checkType(body: keyof typeof types, contentType: string): void {
  const type = mediaType(contentType);
  if (body === 'none' || type === types[body]) return;
  throw new RefusalError({
    status: 415,
    message: `The content type, ${type || 'none'}, is not supported`,
    detail: `expected ${types[body]}, got ${type || 'none'}`,
  });
}

function parseJson(bytes: Buffer | null): unknown {
  try {
    const body: unknown = JSON.parse(bytes?.toString('utf8') ?? '');
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  } catch {
    // The same answer as for JSON that is no object.
  }
  const message = 'The request body could not be parsed as JSON (line: 1, column: 1)';
  throw new RefusalError({ message, detail: 'the body is not a JSON object' });
}
