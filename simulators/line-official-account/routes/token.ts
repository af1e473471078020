/** The token endpoint: a secret or a signed assertion becomes an access token. */
import type { Reply } from '../../shared/reply.ts';
import { assertionType, channelOf } from '../assertion.ts';
import type { Channel } from '../channels.ts';
import { RefusalError } from '../refusal.ts';
import { serverTime, type TokenCall } from '../world.ts';

/** @throws {RefusalError} */
export function issueToken({ world, state, record, given }: TokenCall, contentType: string): Reply {
  if (contentType.split(';', 1)[0]!.trim().toLowerCase() !== 'application/x-www-form-urlencoded')
    throw refused('invalid_request', 'the content type must be application/x-www-form-urlencoded');
  if (given.client_id !== undefined) record.channelId = given.client_id;
  if (given.grant_type !== 'client_credentials')
    throw refused('unsupported_grant_type', 'the grant_type must be client_credentials');
  const channel =
    given.client_assertion === undefined && given.client_assertion_type === undefined
      ? bySecret(state.channels, given)
      : byAssertion({ world, state, record, given });
  record.channelId = channel.id;
  const { tokenMs } = world.settings;
  const json = {
    token_type: 'Bearer',
    access_token: state.tokens.issue(channel.id, tokenMs),
    expires_in: Math.floor(tokenMs / 1000),
  };
  return { status: 200, json, headers: { 'cache-control': 'no-store' } };
}

function bySecret(channels: ReadonlyMap<string, Channel>, given: TokenCall['given']): Channel {
  const channel = channels.get(given.client_id ?? '');
  if (channel && channel.secret === given.client_secret) return channel;
  const detail = channel ? 'the client_secret is wrong' : 'the client_id is unknown';
  throw refused('invalid_request', detail, "Invalid 'client_credentials'.");
}

function byAssertion({ world, state, given }: TokenCall): Channel {
  if (given.client_assertion_type !== assertionType)
    throw refused('invalid_request', `the client_assertion_type must be ${assertionType}`);
  return channelOf(given.client_assertion ?? '', state.channels, serverTime(world));
}

const refused = (error: string, detail: string, said = 'some parameters missed or invalid') =>
  new RefusalError({ token: { error, error_description: said }, detail });
