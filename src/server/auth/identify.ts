/** Identifies the API token or the session of a request. */

import type { ApiTokens } from '../../contracts/use-cases.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { Caller, Role, User } from '../../domain/people/people.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { BetterAuth } from './better-auth.ts';
import { userOf } from './people.ts';

export interface Principal extends Caller {
  /** The id of the person: the user, or who made the token. */
  readonly person: string;
  /** The user behind a session; null for an API token. */
  readonly user: User | null;
}

/** The user or token, and cookies that renew the session. */
interface Identified {
  readonly principal: Principal;
  readonly cookies: readonly string[];
}

/** The headers that identify the user or token. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
}

const notSignedIn = (message: Sentence) => new LineupError('not_signed_in', message);

/** @throws {LineupError} `not_signed_in` */
export async function identify(
  auth: BetterAuth,
  tokens: ApiTokens,
  { authorization, cookie }: Credentials,
): Promise<Identified> {
  if (authorization !== undefined) return { principal: await byToken(tokens, authorization), cookies: [] };
  if (!hasSession(cookie)) {
    throw notSignedIn(sentence`Sign in first, or send an API token: Authorization: Bearer lineup_…`);
  }
  const { headers, response } = await auth.api.getSession({
    headers: new Headers({ cookie }),
    returnHeaders: true,
  });
  const user = response && userOf(response.user);
  if (!user || user.disabled) throw notSignedIn(sentence`The session has ended. Sign in again.`);
  return {
    principal: { id: user.id, person: user.id, name: user.name, role: user.role, user },
    cookies: headers.getSetCookie(),
  };
}

/** The role of these credentials, without renewing a session; undefined when they are not valid (any more). */
export async function roleOf(
  auth: BetterAuth,
  tokens: ApiTokens,
  { authorization, cookie }: Credentials,
): Promise<Role | undefined> {
  if (authorization !== undefined) return (await tokenOf(tokens, authorization))?.role;
  const user = await userOfSession(auth, cookie);
  return user?.disabled ? undefined : user?.role;
}

/** The user of a session, without renewing it; undefined when there is none. */
export async function userOfSession(auth: BetterAuth, cookie: string | undefined): Promise<User | undefined> {
  if (!hasSession(cookie)) return undefined;
  const found = await auth.api.getSession({
    headers: new Headers({ cookie }),
    query: { disableRefresh: true },
  });
  return found ? userOf(found.user) : undefined;
}

export const hasSession = (cookie: string | undefined): cookie is string =>
  cookie?.includes('lineup.session_token=') === true;

async function tokenOf(tokens: ApiTokens, authorization: string) {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  return token === undefined ? undefined : tokens.authenticate(new Secret(token));
}

async function byToken(tokens: ApiTokens, authorization: string): Promise<Principal> {
  const known = await tokenOf(tokens, authorization);
  if (!known)
    throw notSignedIn(
      sentence`The API token is unknown, revoked or expired, or the person who created it no longer has access. Create a new token.`,
    );
  return { ...known, user: null };
}
