/** What every service checks of a request: the token, the rate, the form, and the base account. */
import { type Begun, mediaType } from '../shared/begin.ts';
import { type Account, directRight, type Person } from './accounts.ts';
import { applyFaults } from './fault-effects.ts';
import type { AccessToken } from './grants.ts';
import { RefusalError } from './refusal.ts';
import type { ServiceRoute } from './routes/table.ts';
import type { RequestRecord } from './state.ts';
import { beginPause, type Call, type World } from './world.ts';

export const baseAccountHeader = 'x-z-base-account-id';

export interface Arrival extends Begun<RequestRecord> {
  readonly query: Readonly<Record<string, string>>;
  /** How many values the answer has if all of them fail. */
  operands: number;
}

/**
 * @param bytes the body, unless the endpoint reads a form
 * @throws {RefusalError}
 */
export async function admit(
  world: World,
  arrival: Arrival,
  route: ServiceRoute | undefined,
  bytes: Buffer | null,
): Promise<Call> {
  const { record, query, body: stream, contentType, startedAt } = arrival;
  const { state } = world;
  const token = tokenOf(world, arrival);
  const { clientId, businessId } = token.grant;
  Object.assign(record, { clientId, businessId });
  await applyFaults(world, 'sender', record);
  checkRate(world, clientId, startedAt);
  if (token.grant.deleted) throw new RefusalError('0111', { detail: 'the access token is deleted' });
  if (!state.grants.isValid(token))
    throw new RefusalError(world.settings.expiredToken, { detail: 'the access token has expired' });
  if (!route)
    throw new RefusalError('0001', { status: 404, detail: `there is no endpoint ${record.method} ${record.path}` });
  const expected = route.body === 'form' ? 'multipart/form-data' : 'application/json';
  const type = mediaType(contentType);
  if (type !== expected)
    throw new RefusalError('0005', { status: 400, detail: `expected ${expected}, got ${type || 'no content type'}` });
  const body = route.body === 'json' ? parseJson(bytes) : undefined;
  const { operand } = Object(body) as { operand?: unknown };
  if (Array.isArray(operand)) arrival.operands = operand.length;
  const person = world.people.find((person) => person.businessId === businessId);
  if (!person) throw new RefusalError('0111', { detail: `there is no Business ID ${businessId}` });
  const base = route.needsBase ? baseOf(world, arrival, person) : undefined;
  const { outcome } = await applyFaults(world, 'allowed', record);
  if (outcome) throw new Error('No fault of this point has an outcome of its own.');
  return { world, state, clientId, person, base, stream, contentType, query, body, startedAt, record };
}

function tokenOf({ state }: World, { incoming }: Arrival): AccessToken {
  const { authorization } = incoming.headers;
  if (!authorization) throw new RefusalError('0110', { detail: 'there is no header Authorization' });
  const [, token = ''] = /^Bearer (\S+)$/.exec(authorization) ?? [];
  const found = state.grants.accessToken(token);
  if (!found) throw new RefusalError('0111', { detail: 'the access token is unknown' });
  return found;
}

/** By the time of the arrival: a slow answer does not move it. */
function checkRate(world: World, clientId: string, startedAt: number): void {
  const { state, rate, settings } = world;
  const { rateLimit } = settings;
  const until = state.pausedUntil.get(clientId);
  if (until !== undefined && startedAt < until) {
    throw new RefusalError('0003', {
      detail: `the client id must wait for ${Math.ceil((until - startedAt) / 1000)} s more`,
      violation: 'request_in_pause',
    });
  }
  if (rate.admit(clientId, startedAt, settings)) return;
  beginPause(world, clientId);
  throw new RefusalError('0003', {
    detail: `more than ${rateLimit} requests a second`,
    violation: 'rate_exceeded',
  });
}

function parseJson(bytes: Buffer | null): unknown {
  let body: unknown;
  try {
    body = JSON.parse(bytes?.toString('utf8') ?? '');
  } catch {
    throw new RefusalError('0004', { status: 400, detail: 'the body is not JSON' });
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new RefusalError('F0001', { detail: 'the body is not an object' });
  return body;
}

function baseOf({ state }: World, { incoming, record }: Arrival, person: Person): Account {
  const id = incoming.headers[baseAccountHeader] ?? '';
  if (!/^\d{1,19}$/.test(id)) {
    throw new RefusalError('0098', {
      detail: `the header ${baseAccountHeader} must have the number of an account`,
      violation: 'missing_base_account',
    });
  }
  record.baseAccountId = id;
  const base = state.accounts.get(id);
  if (!base || directRight(person, base) === undefined) {
    throw new RefusalError('0098', { detail: `${person.businessId} has no direct access to the account ${id}` });
  }
  return base;
}
