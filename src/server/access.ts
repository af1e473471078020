/**
 * Who may come to a route. Each names what it wants in its config: an operation of the permission table, only a session or
 * token (`signed_in`), or nothing (`public`); a route that names nothing stops the server from being built.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LineupError } from '../contracts/errors.ts';
import type { Role } from '../contracts/people.ts';
import { mayDo, permissions } from '../contracts/permissions.ts';
import { type Sentence, sentence } from '../contracts/sentence.ts';
import type { Access } from '../endpoints/endpoint.ts';
import { identify, type Principal } from './auth/identify.ts';
import type { Deps } from './handler.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Whoever makes the request: for every route but public ones. */
    principal: Principal;
  }
}

const needs: Record<Role, Sentence> = {
  administrator: sentence`Only an administrator may do this.`,
  editor: sentence`Only an editor or an administrator may do this.`,
  viewer: sentence`Only somebody who has a role here may do this.`,
};

/** Hooks for all routes of `app`. `publicUrl` is where browsers find it. */
export function guardAccess(
  app: FastifyInstance,
  { auth, useCases, publicUrl }: Pick<Deps, 'auth' | 'useCases' | 'publicUrl'>,
): void {
  const ownOrigin = new URL(publicUrl).origin;
  app.decorateRequest('principal', null as unknown as Principal);
  app.addHook('onRoute', ({ url, config }) => {
    if (!config?.access) throw new Error(`the route ${url} does not say who may come to it`);
  });
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config;
    // Also at sign-in: nobody shall be signed in as somebody else by another site.
    requireOwnOrigin(request, ownOrigin);
    if (access === undefined || access === 'public') return;
    const { principal, cookies } = await identify(auth.betterAuth, useCases.apiTokens, request.headers);
    request.principal = principal;
    if (cookies.length > 0) reply.header('set-cookie', cookies);
    if (access !== 'signed_in' && !mayDo(principal.role, access)) {
      throw new LineupError('not_permitted', needs[permissions[access]]);
    }
  });
}

/**
 * Cross-site request forgery: a browser sends cookies along whoever asks, but tells the origin of every request that changes
 * something. A request without cookies carries no authority but a token, which no other site has.
 */
function requireOwnOrigin({ method, headers, protocol, host }: FastifyRequest, ownOrigin: string): void {
  if (method === 'GET' || method === 'HEAD' || headers.authorization !== undefined) return;
  const { origin, cookie } = headers;
  // The address of the request too, for a server that is reached by more names than one. Scheme and port count: a page of plain
  // HTTP, or of another port, is another site's, although it has our cookies.
  const own =
    origin === undefined
      ? cookie === undefined
      : origin === ownOrigin || origin === URL.parse(`${protocol}://${host}`)?.origin;
  if (own) return;
  throw new LineupError(
    'not_permitted',
    sentence`This request comes from another site, or lacks its origin.`,
  );
}
