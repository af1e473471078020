/**
 * An OpenID Connect provider on a local port: authorization codes, identity tokens, refresh tokens that are used once,
 * the userinfo endpoint, and logout tokens. Everyone who signs in is the person of the test.
 */
import { createSign, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Person {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
  /** Further claims of the identity token, such as groups. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Claims that only the userinfo endpoint has. */
  readonly further?: Readonly<Record<string, unknown>>;
}

export interface IdentityProvider {
  readonly issuer: string;
  /** Acts as a browser at the sign-in URL: signs in as `person`. @returns the URL that it is sent back to */
  visit(url: string, person: Person): string;
  /** Later answers about this person. */
  change(person: Person): void;
  /** Refuses the refresh tokens of this person from now on. */
  disable(sub: string): void;
  /** Every request but discovery gets this status, until it is set to undefined. */
  failWith(status: number | undefined): void;
  /** The kinds of grants that were asked for, in their order. */
  readonly grants: readonly string[];
  /** A logout token with these claims in place of the usual ones; undefined takes one away. */
  logoutToken(claims: Readonly<Record<string, unknown>>, signedBy?: KeyObject): string;
  close(): Promise<void>;
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Grant {
  readonly sub: string;
  readonly sid: string;
  readonly nonce: string | null;
  readonly audience: string | null;
  readonly isOffline: boolean;
}

export const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const people = new Map<string, Person>();
  const codes = new Map<string, Grant>();
  const refreshTokens = new Map<string, Grant>();
  const accessTokens = new Map<string, Grant>();
  const grants: string[] = [];
  let failure: number | undefined;

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', issuer);
    const body = new URLSearchParams(await bodyOf(request));
    if (pathname === '/.well-known/openid-configuration') return json(response, 200, discovery());
    if (failure !== undefined) return json(response, failure, { error: 'temporarily_unavailable' });
    if (pathname === '/keys') {
      const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' };
      return json(response, 200, { keys: [key] });
    }
    if (pathname === '/userinfo') {
      const grant = accessTokens.get(request.headers.authorization?.replace('Bearer ', '') ?? '');
      const person = grant && people.get(grant.sub);
      if (!person) return json(response, 401, { error: 'invalid_token' });
      return json(response, 200, { ...profileOf(person), ...person.further });
    }
    if (pathname === '/token') return token(response, body);
    return response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const discovery = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/keys`,
    scopes_supported: ['openid', 'email', 'profile', 'offline_access'],
    id_token_signing_alg_values_supported: ['RS256'],
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  });

  function token(response: ServerResponse, body: URLSearchParams): void {
    const kind = body.get('grant_type') ?? '';
    grants.push(kind);
    const known = kind === 'refresh_token' ? refreshTokens : codes;
    const given = body.get(kind === 'refresh_token' ? 'refresh_token' : 'code') ?? '';
    const grant = known.get(given);
    known.delete(given);
    const person = grant && people.get(grant.sub);
    if (!person) {
      json(response, 400, { error: 'invalid_grant' });
      return;
    }
    const accessToken = randomUUID();
    accessTokens.set(accessToken, grant);
    const refreshToken = randomUUID();
    if (grant.isOffline) refreshTokens.set(refreshToken, grant);
    json(response, 200, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 60,
      id_token: signed({
        ...profileOf(person),
        ...person.claims,
        aud: grant.audience,
        sid: grant.sid,
        nonce: kind === 'refresh_token' ? undefined : (grant.nonce ?? undefined),
      }),
      ...(grant.isOffline && { refresh_token: refreshToken }),
    });
  }

  function signed(claims: Readonly<Record<string, unknown>>, key: KeyObject = privateKey): string {
    const now = Math.floor(Date.now() / 1_000);
    const content = `${base64({ alg: 'RS256', kid: 'k' })}.${base64({ iss: issuer, iat: now, exp: now + 60, ...claims })}`;
    return `${content}.${createSign('RSA-SHA256').update(content).sign(key, 'base64url')}`;
  }

  return {
    issuer,
    grants,
    visit: (url, person) => {
      const asked = new URL(url).searchParams;
      people.set(person.sub, person);
      const code = randomUUID();
      codes.set(code, {
        sub: person.sub,
        sid: randomUUID(),
        nonce: asked.get('nonce'),
        audience: asked.get('client_id'),
        isOffline: asked.get('scope')?.split(' ').includes('offline_access') ?? false,
      });
      const back = new URL(asked.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', asked.get('state') ?? '');
      return back.href;
    },
    change: (person) => people.set(person.sub, person),
    disable: (sub) => people.delete(sub),
    failWith: (status) => {
      failure = status;
    },
    logoutToken: (claims, key) =>
      signed({ aud: 'lineup', jti: randomUUID(), events: { [LOGOUT]: {} }, ...claims }, key),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const profileOf = ({ sub, email, email_verified, name }: Person) => ({ sub, email, email_verified, name });

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
