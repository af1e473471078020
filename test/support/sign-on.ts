/** Single sign-on in a test server: what a browser does between Lineup and the provider. */
import { expect } from 'vitest';
import type { OidcConfig } from '../../src/contracts/single-sign-on.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import type { IdentityProvider, Person } from './identity-provider.ts';
import { cookieOf, ORIGIN, type TestServer } from './server.ts';

export const bert: Person = { sub: 'b-1', email: 'bert@example.com', email_verified: true, name: 'Bert Braun' };

export const oidcOf = ({ issuer }: IdentityProvider, more: Partial<OidcConfig> = {}): OidcConfig => ({
  issuer,
  clientId: 'lineup',
  clientSecret: new Secret('an-invented-client-secret'),
  label: 'Example SSO',
  createUsers: false,
  ...more,
});

let browsers = 0;

/** Follows all redirects of a browser. @returns the last address, and its cookies there */
export async function comeIn(
  server: TestServer,
  provider: IdentityProvider,
  person: Person,
): Promise<{ location: string; cookie: string }> {
  // Each browser has an address of its own, because an address may begin only a few times a minute.
  browsers += 1;
  const remoteAddress = `10.1.${Math.floor(browsers / 250)}.${(browsers % 250) + 1}`;
  const begun = await server.browse({
    remoteAddress,
    method: 'POST',
    url: '/api/v1/session/single-sign-on',
    payload: { return_to: '/jobs' },
  });
  expect(begun.statusCode).toBe(200);
  const back = new URL(provider.visit(begun.json().url, person));
  expect(back.href.startsWith(`${ORIGIN}/api/auth/callback/oidc?`)).toBe(true);
  const landed = await server.browse({
    remoteAddress,
    method: 'GET',
    url: `${back.pathname}${back.search}`,
    headers: { cookie: cookieOf(begun) },
  });
  expect(landed.statusCode).toBe(302);
  return { location: String(landed.headers.location), cookie: cookieOf(landed) };
}
