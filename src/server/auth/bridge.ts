/**
 * Calls endpoints of better-auth for a request, so that its throttling and origin checks apply, and translates its
 * errors.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LineupError } from '../../domain/errors/errors.ts';
import { wrongValue } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { AUTH_PATH, type BetterAuth, CLIENT_ADDRESS } from './better-auth.ts';
import { PROVIDER_DECIDES } from './single-sign-on.ts';

/** The headers of a request that better-auth gets. */
const passed = ['cookie', 'user-agent', 'sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest'];

/**
 * @param path below better-auth's base, e.g. `/sign-in/email`
 * @param body JSON for a POST; without one, the call is a GET
 */
export function callBetterAuth(
  auth: BetterAuth,
  request: FastifyRequest,
  path: string,
  body?: unknown,
): Promise<Response> {
  // Not from the Host header, because the client chooses it. access.ts has checked that the request comes from our own
  // page.
  const { origin } = new URL(auth.options.baseURL);
  const headers = new Headers({ [CLIENT_ADDRESS]: request.ip, origin });
  for (const name of passed) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  if (body !== undefined) headers.set('content-type', 'application/json');
  return auth.handler(
    new Request(`${origin}${AUTH_PATH}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    }),
  );
}

/** Passes the cookies to the client, and turns a refusal into our own error. @throws {LineupError} */
export async function takeOver(response: Response, reply: FastifyReply): Promise<unknown> {
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) reply.header('set-cookie', cookies);
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer;
  throw refusal(response, (answer ?? {}) as { code?: string; message?: string });
}

function refusal(response: Response, { code, message }: { code?: string; message?: string }): LineupError {
  if (response.status === 429) {
    return new LineupError('too_many_requests', sentence`Too many attempts. Wait a minute, then try again.`, {
      retryable: true,
      retryAfterSeconds: Number(response.headers.get('x-retry-after') ?? 60),
    });
  }
  if (code === 'INVALID_PASSWORD') return wrongValue('current_password', sentence`The current password is wrong.`);
  if (code === 'BANNED_USER') return new LineupError('sign_in_failed', sentence`This user is disabled.`);
  if (code === PROVIDER_DECIDES) {
    return new LineupError(
      'sign_in_failed',
      sentence`This account signs in by single sign-on, and not with a password.`,
    );
  }
  if (response.status === 401 || code === 'INVALID_EMAIL') {
    return new LineupError('sign_in_failed', sentence`The e-mail address or the password is wrong.`);
  }
  if (response.status === 403) {
    return new LineupError('not_permitted', sentence`This request comes from another site, or has no Origin header.`);
  }
  if (response.status < 500) {
    return new LineupError('invalid_argument', sentence`Sign-in was refused. Ask an administrator.`, {
      reason: message,
    });
  }
  return new LineupError('internal', sentence`Sign-in failed. Try again.`);
}
