/** The token endpoint: a code becomes tokens, and a refresh token becomes an access token. */

import type { Reply } from '../../shared/reply.ts';
import { flag } from '../../shared/violations.ts';
import type { Grant, Refused } from '../grants.ts';
import type { OauthCall } from '../world.ts';

export function token(call: OauthCall): Reply {
  const { world, state, record, given } = call;
  const { grant_type: grantType = '', client_id: clientId = '', client_secret: secret } = given;
  record.clientId = clientId;
  record.grantType = grantType;
  const client = world.clients.get(clientId);
  if (!client || client.clientSecret !== secret)
    return refused(call, 401, 'invalid_client', client ? 'the client_secret is wrong' : 'the client_id is unknown');
  if (grantType === 'authorization_code') {
    const { code = '', redirect_uri: redirectUri = '' } = given;
    const grant = state.grants.redeem(code, clientId, redirectUri);
    if (typeof grant === 'string') return refusedGrant(call, 'code', grant);
    return issued(call, grant, { refresh_token: grant.refreshToken });
  }
  if (grantType === 'refresh_token') {
    const { refresh_token: refreshToken = '' } = given;
    const renews = world.settings.refreshToken === 'renewed';
    const grant = state.grants.refresh(refreshToken, clientId, renews);
    if (typeof grant === 'string') {
      if (state.refusedRefreshTokens.has(refreshToken))
        flag(call, 'repeated_refresh', 'a refresh token came again after it was refused');
      state.refusedRefreshTokens.add(refreshToken);
      return refusedGrant(call, 'refresh_token', grant);
    }
    return issued(call, grant, renews ? { refresh_token: grant.refreshToken } : {});
  }
  return refused(call, 400, 'unsupported_grant_type', 'the grant_type is unknown');
}

function issued({ world, state, record }: OauthCall, grant: Grant, more: object): Reply {
  const { tokenMs } = world.settings;
  record.businessId = grant.businessId;
  const json = {
    access_token: state.grants.newAccessToken(grant, tokenMs),
    ...more,
    expires_in: Math.floor(tokenMs / 1000),
    token_type: 'Bearer',
  };
  return { status: 200, json, headers: { 'cache-control': 'no-store' } };
}

const reasons: Record<Refused, string> = {
  unknown: 'is unknown',
  used: 'was used before',
  expired: 'has expired',
  deleted: 'is deleted',
  'other client': 'belongs to another client_id',
  'other redirect_uri': 'was given for another redirect_uri',
};

function refusedGrant(call: OauthCall, parameter: string, reason: Refused): Reply {
  if (reason === 'used') flag(call, 'repeated_code', 'a code came again after it was used');
  return refused(call, 400, 'invalid_grant', `the ${parameter} ${reasons[reason]}`);
}

function refused({ world, record }: OauthCall, status: number, error: string, detail: string): Reply {
  record.detail = detail;
  record.code = error;
  return world.settings.tokenErrors === 'json'
    ? { status, json: { error, error_description: detail } }
    : { status, text: `Error: ${error}` };
}
