/**
 * Access to routes, and to what their answers say. The config of each route names what it needs: an operation of the
 * permission table, any session or token (`signed_in`), or nothing (`public`). The server cannot be built with a route
 * that does not name it.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { LineupError } from '../domain/errors/errors.ts';
import { assertMayDo } from '../domain/people/people.ts';
import { answerForRole } from '../domain/runs/left-out.ts';
import { redactInternals, sentence } from '../domain/text/sentence.ts';
import { changeSentences, sentencesIn } from '../domain/text/sentences-in.ts';
import type { Access } from '../endpoints/endpoint.ts';
import { identify, type Principal } from './auth/identify.ts';
import type { Deps } from './handler.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** The user or token that makes the request; not set for public routes. */
    principal: Principal;
  }
}

/** Adds the checks to all routes of `app`. */
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
    // Also at sign-in: another site must not sign a user in to a foreign account.
    requireOwnOrigin(request, ownOrigin);
    if (access === undefined || access === 'public') return;
    const { principal, cookies } = await identify(auth.betterAuth, useCases.apiTokens, request.headers);
    request.principal = { ...principal, requestId: request.id };
    if (cookies.length > 0) reply.header('set-cookie', cookies);
    if (access !== 'signed_in') assertMayDo(principal.role, access);
  });
}

/**
 * Prevents cross-site request forgery. A browser sends cookies with requests of other sites too, but it also sends the
 * origin of every request that changes something. A request without cookies has only the rights of its token, which
 * other sites do not have.
 */
function requireOwnOrigin({ method, headers, protocol, host }: FastifyRequest, ownOrigin: string): void {
  if (method === 'GET' || method === 'HEAD' || headers.authorization !== undefined) return;
  const { origin, cookie } = headers;
  // The address of the request is accepted too, because a server may have several names. Scheme and port count: a page
  // with plain HTTP or another port belongs to another site, although it gets our cookies.
  const own =
    origin === undefined
      ? cookie === undefined
      : origin === ownOrigin || origin === URL.parse(`${protocol}://${host}`)?.origin;
  if (own) return;
  throw new LineupError('not_permitted', sentence`This request comes from another site, or has no Origin header.`);
}

/**
 * An answer as the role may see it. Sentences name folders, hosts and databases to all roles that may change something,
 * so not to viewers.
 * @param schema of the answer, which says where it has sentences
 * @param leftOut whether it is about a run that leaves members out
 */
export function answerFor<Answer>(
  { principal }: Pick<FastifyRequest, 'principal'>,
  schema: z.ZodType,
  answer: Answer,
  leftOut = false,
): Answer {
  const places = sentencesIn(schema);
  const counted = answerForRole(principal?.role, answer, places, leftOut);
  const maySeeInternals = Boolean(principal) && principal.role !== 'viewer';
  return maySeeInternals ? counted : changeSentences(counted, places, redactInternals);
}
