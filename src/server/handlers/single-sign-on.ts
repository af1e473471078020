/** Single sign-on, where a provider is configured: the way there, and the way back. */
import { z } from 'zod';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { singleSignOnEndpoints } from '../../endpoints/sign-in.ts';
import { AUTH_PATH, OIDC } from '../auth/better-auth.ts';
import { callBetterAuth, takeOver } from '../auth/bridge.ts';
import { userOfSession } from '../auth/identify.ts';
import type { App, Deps } from '../deps.ts';
import type { Handlers } from '../handler.ts';

/** What better-auth answers. */
const redirection = z.object({ url: z.string() });

export const singleSignOnHandlers = ({
  auth: { betterAuth },
}: Deps): Handlers<typeof singleSignOnEndpoints> => ({
  'POST /session/single-sign-on': async ({ body, request, reply }) => {
    const answer = await callBetterAuth(betterAuth, request, '/sign-in/social', {
      provider: OIDC,
      callbackURL: body.return_to,
      errorCallbackURL: '/sign-in',
      disableRedirect: true,
    });
    return redirection.parse(await takeOver(answer, reply));
  },
});

/** Where the single sign-on provider sends the browser back to. It is at the root, as better-auth tells the provider. */
export function callbackRoute(app: App, { auth: { betterAuth }, useCases }: Deps): void {
  const options = { config: { access: 'public' }, schema: { hide: true } } as const;
  app.get(`${AUTH_PATH}/callback/${OIDC}`, options, async (request, reply) => {
    const query = request.raw.url?.split('?')[1] ?? '';
    const answer = await callBetterAuth(betterAuth, request, `/callback/${OIDC}?${query}`);
    const cookies = answer.headers.getSetCookie();
    if (cookies.length > 0) reply.header('set-cookie', cookies);
    const target = answer.headers.get('location');
    if (target === null)
      throw new LineupError('sign_in_failed', sentence`Single sign-on failed: begin again.`);
    const who = await userOfSession(betterAuth, cookies.map((cookie) => cookie.split(';')[0]).join('; '));
    if (who) {
      const entry = { action: 'session.create', subjectType: 'user', subjectId: who.id };
      await useCases.auditLog.record(who, { ...entry, detail: { single_sign_on: true } });
    }
    return reply.redirect(target);
  });
}
