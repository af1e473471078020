/** Single sign-on: the way to the provider, the way back, and its word that somebody has signed out. */
import { z } from 'zod';
import { OIDC } from '../../contracts/single-sign-on.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { system } from '../../domain/people/people.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { singleSignOnEndpoints } from '../../endpoints/single-sign-on.ts';
import { AUTH_PATH } from '../auth/better-auth.ts';
import { callBetterAuth, takeOver } from '../auth/bridge.ts';
import { userOfSession } from '../auth/identify.ts';
import { duringSignOn } from '../auth/single-sign-on.ts';
import type { App, Deps, Handlers } from '../handler.ts';

/** The answer of better-auth: where the browser must go. */
const redirection = z.object({ url: z.string() });

export const singleSignOnHandlers = ({ auth: { betterAuth, oidc } }: Deps): Handlers<typeof singleSignOnEndpoints> => ({
  'POST /session/single-sign-on': async ({ body, request, reply }) => {
    const answer = await callBetterAuth(betterAuth, request, '/sign-in/social', {
      provider: OIDC,
      callbackURL: body.return_to,
      errorCallbackURL: '/sign-in',
      disableRedirect: true,
      scopes: await oidc?.rules.scopes(),
    });
    return redirection.parse(await takeOver(answer, reply));
  },
});

/**
 * The provider sends the browser back to this route. It is at the root, because better-auth gives the provider that
 * URL.
 */
export function callbackRoute(app: App, { auth: { betterAuth }, useCases }: Deps): void {
  const options = { config: { access: 'public' }, schema: { hide: true } } as const;
  app.get(`${AUTH_PATH}/callback/${OIDC}`, options, async (request, reply) => {
    const query = request.raw.url?.split('?')[1] ?? '';
    const { answer, attempt } = await duringSignOn(() =>
      callBetterAuth(betterAuth, request, `/callback/${OIDC}?${query}`),
    );
    const cookies = answer.headers.getSetCookie();
    if (cookies.length > 0) reply.header('set-cookie', cookies);
    if (attempt.refused) return reply.redirect(`/sign-in?error=${attempt.refused}`);
    const target = answer.headers.get('location');
    if (target === null) throw new LineupError('sign_in_failed', sentence`Single sign-on failed. Try again.`);
    const who = await userOfSession(betterAuth, cookies.map((cookie) => cookie.split(';')[0]).join('; '));
    if (who) {
      const about = { subjectType: 'user', subjectId: who.id };
      const detail = { single_sign_on: true };
      if (attempt.created === who.id) {
        const made = { ...about, action: 'user.create', detail: { ...detail, role: who.role } };
        await useCases.auditLog.record({ ...system, requestId: request.id }, made);
      }
      const actor = { id: who.id, name: who.name, requestId: request.id };
      await useCases.auditLog.record(actor, { ...about, action: 'session.create', detail });
    }
    return reply.redirect(target);
  });
}

/** A token has a kilobyte or two. */
const BODY_LIMIT = 32 * 1024;

const logout = z.object({ logout_token: z.string().min(1) });

/**
 * OpenID Connect Back-Channel Logout 1.0: the provider itself calls this route. Its answers are those of the standard.
 */
export function logoutRoute(app: App, { auth: { oidc } }: Deps): void {
  if (!oidc) return;
  app.register(async (scope) => {
    scope.addContentTypeParser<string>(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: BODY_LIMIT },
      (_, body, done) => done(null, Object.fromEntries(new URLSearchParams(body))),
    );
    const options = { config: { access: 'public' }, schema: { hide: true }, bodyLimit: BODY_LIMIT } as const;
    scope.post(`${AUTH_PATH}/backchannel-logout/${OIDC}`, options, async ({ body }, reply) => {
      reply.header('cache-control', 'no-store');
      const { success, data } = logout.safeParse(body);
      const result = success ? await oidc.rules.logOut(data.logout_token) : 'refused';
      if (result === 'done') return reply.code(200).send({});
      // The provider may try again.
      if (result === 'unavailable') return reply.code(503).send({ error: 'temporarily_unavailable' });
      return reply.code(400).send({ error: 'invalid_request' });
    });
  });
}
