/** Coming in: the first administrator, invitations, sign-in and sign-out. */
import { z } from 'zod';
import { MAX_URL, oneTimeToken } from '../../contracts/bounds.ts';
import { LineupError } from '../../contracts/errors.ts';
import { type Actor, email, password, user } from '../../contracts/people.ts';
import { Secret } from '../../contracts/secret.ts';
import { sentence, words } from '../../contracts/sentence.ts';
import { settings } from '../../contracts/settings.ts';
import { AUTH_PATH, OIDC } from '../auth/better-auth.ts';
import { callBetterAuth, takeOver } from '../auth/bridge.ts';
import { type App, type Deps, nothing } from './routes.ts';

const tags = ['Sign-in'];
const config = { access: 'public' } as const;

/** A path of the web app, no other site. */
const returnTo = z
  .string()
  .max(MAX_URL)
  .regex(/^\/(?![/\\])[^\\]*$/, words`A path of the web app.`)
  .default('/');

const badLink = () =>
  new LineupError(
    'not_permitted',
    sentence`This link is wrong, was used, was replaced by a newer one, or is too old.`,
  );

export function signInRoutes(app: App, { auth, service }: Deps): void {
  const { betterAuth, people, links, oidc } = auth;
  const recordSignIn = (who: Actor, action: string) =>
    service.auditLog.record(who, { action, subjectType: 'user', subjectId: who.id });

  app.get(
    '/sign-in',
    {
      config,
      schema: {
        tags,
        summary: 'Tell how one can come in',
        response: {
          200: z.object({
            /** Nobody is an administrator yet: the setup link is in the server's log. */
            setup_needed: z.boolean(),
            single_sign_on: z.object({ label: z.string() }).nullable(),
            /** For those whose browser asks for no language that the web app speaks. */
            language: settings.shape.appearance.shape.language,
          }),
        },
      },
    },
    async () => ({
      setup_needed: !(await people.hasAdministrator()),
      single_sign_on: oidc ? { label: oidc.label } : null,
      language: (await service.settings.read()).appearance.language,
    }),
  );

  app.post(
    '/setup',
    {
      config,
      schema: {
        tags,
        summary: 'Become the first administrator, with the link from the server’s log',
        body: z.strictObject({
          token: oneTimeToken,
          name: user.shape.name.trim().min(1).max(120),
          email,
          password,
        }),
        response: { 201: user },
      },
    },
    async ({ body: { token, ...person } }, reply) => {
      const redeemed = await links.redeem('setup', new Secret(token));
      if (redeemed === undefined || (await people.hasAdministrator())) throw badLink();
      const first = await people.addFirstAdministrator(person);
      await recordSignIn(first, 'user.setup');
      reply.code(201);
      return first;
    },
  );

  app.post(
    '/invitations/accept',
    {
      config,
      schema: {
        tags,
        summary: 'Set a password with a link from an administrator',
        body: z.strictObject({ token: oneTimeToken, password }),
        response: { 200: user },
      },
    },
    async ({ body }) => {
      const id = await links.redeem('invitation', new Secret(body.token));
      if (id === undefined) throw badLink();
      await people.setPassword(id, body.password);
      const invited = await people.get(id);
      await recordSignIn(invited, 'user.password');
      return invited;
    },
  );

  app.post(
    '/session',
    {
      config,
      schema: {
        tags,
        summary: 'Sign in; the session is a cookie',
        body: z.strictObject({ email, password: z.string().max(200) }),
        response: { 200: user },
      },
    },
    async (request, reply) => {
      const answer = await callBetterAuth(betterAuth, request, '/sign-in/email', request.body);
      const { user: found } = signedIn.parse(await takeOver(answer, reply));
      const who = await people.get(found.id);
      await recordSignIn(who, 'session.create');
      return who;
    },
  );

  app.delete(
    '/session',
    { config, schema: { tags, summary: 'Sign out', response: { 204: nothing } } },
    async (request, reply) => {
      await takeOver(await callBetterAuth(betterAuth, request, '/sign-out', {}), reply);
      return reply.code(204).send(null);
    },
  );

  if (!oidc) return;
  app.post(
    '/session/single-sign-on',
    {
      config,
      schema: {
        tags,
        summary: 'Begin single sign-on: go to the address that is given',
        body: z.strictObject({ return_to: returnTo }),
        response: { 200: z.object({ url: z.string() }) },
      },
    },
    async (request, reply) => {
      const answer = await callBetterAuth(betterAuth, request, '/sign-in/social', {
        provider: OIDC,
        callbackURL: request.body.return_to,
        errorCallbackURL: '/sign-in',
        disableRedirect: true,
      });
      return redirection.parse(await takeOver(answer, reply));
    },
  );
}

const signedIn = z.object({ user: z.object({ id: z.string() }) });
const redirection = z.object({ url: z.string() });

/** Where the single sign-on provider sends the browser back to; at the root, as better-auth tells the provider. */
export function callbackRoute(app: App, { betterAuth }: Deps['auth']): void {
  app.get(`${AUTH_PATH}/callback/${OIDC}`, { config, schema: { hide: true } }, async (request, reply) => {
    const query = request.raw.url?.split('?')[1] ?? '';
    const answer = await callBetterAuth(betterAuth, request, `/callback/${OIDC}?${query}`);
    const cookies = answer.headers.getSetCookie();
    if (cookies.length > 0) reply.header('set-cookie', cookies);
    const target = answer.headers.get('location');
    if (target === null)
      throw new LineupError('sign_in_failed', sentence`Single sign-on failed: begin again.`);
    return reply.redirect(target);
  });
}
