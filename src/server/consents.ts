/**
 * The way back from the consent at a destination: the browser comes with a code, and goes on to the page of the
 * authorization. The code is in the query, so neither an answer nor a line of the log has it.
 */
import { z } from 'zod';
import { CONSENT_PATH } from '../contracts/consents.ts';
import type { Caller } from '../domain/people/people.ts';
import { userOfSession } from './auth/identify.ts';
import type { App, Deps } from './handler.ts';

/** What the destination adds to the address. Other keys may come with it. */
const query = z.object({
  state: z.string().min(1).max(512),
  code: z.string().min(1).max(2_000).optional().catch(undefined),
  error: z.string().min(1).max(200).optional().catch(undefined),
});

/**
 * A request of another site does nothing: it does not know the state, which belongs to one person, and only the session
 * of that person may use it. The target is a page of our own.
 */
export function consentRoute(app: App, { auth: { betterAuth }, useCases }: Deps): void {
  // A proxy or a preview that looks ahead must not use up the code.
  const options = { config: { access: 'public' }, schema: { hide: true }, exposeHeadRoute: false } as const;
  app.get(CONSENT_PATH, options, async (request, reply) => {
    reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer');
    const { data } = query.safeParse(request.query);
    if (!data) return reply.redirect('/authorizations', 303);
    const user = await userOfSession(betterAuth, request.headers.cookie);
    const person: Caller | undefined =
      user && !user.disabled ? { id: user.id, name: user.name, role: user.role, requestId: request.id } : undefined;
    const { authorizationId, outcome } = await useCases.consents.answer(data, person);
    const page = authorizationId === null ? '/authorizations' : `/authorizations/${authorizationId}`;
    return reply.redirect(`${page}?connect=${outcome}`, 303);
  });
}
