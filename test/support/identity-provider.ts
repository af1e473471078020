/** A small OpenID Connect provider on a local port. Everyone who signs in is the person of the test. */
import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Person {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
}

export interface IdentityProvider {
  readonly issuer: string;
  /** Acts as a browser at the sign-in URL: signs in as `person`. @returns the URL that it is sent back to */
  visit(url: string, person: Person): string;
  close(): Promise<void>;
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const codes = new Map<string, { person: Person; nonce: string | null; audience: string | null }>();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', issuer);
    const json = (body: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (pathname === '/.well-known/openid-configuration') return json(discovery());
    if (pathname === '/keys') {
      return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }] });
    }
    const code = new URLSearchParams(await bodyOf(request)).get('code') ?? '';
    const grant = codes.get(code);
    if (pathname !== '/token' || !grant) return response.writeHead(400).end();
    codes.delete(code);
    return json({
      access_token: randomUUID(),
      token_type: 'Bearer',
      expires_in: 60,
      id_token: idToken(grant),
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const discovery = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    id_token_signing_alg_values_supported: ['RS256'],
  });

  function idToken({ person, nonce, audience }: { person: Person; nonce: string | null; audience: string | null }) {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      ...person,
      iss: issuer,
      aud: audience,
      iat: now,
      exp: now + 60,
      nonce: nonce ?? undefined,
    };
    const content = `${base64({ alg: 'RS256', kid: 'k' })}.${base64(claims)}`;
    return `${content}.${createSign('RSA-SHA256').update(content).sign(privateKey, 'base64url')}`;
  }

  return {
    issuer,
    visit: (url, person) => {
      const asked = new URL(url).searchParams;
      const code = randomUUID();
      codes.set(code, { person, nonce: asked.get('nonce'), audience: asked.get('client_id') });
      const back = new URL(asked.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', asked.get('state') ?? '');
      return back.href;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
