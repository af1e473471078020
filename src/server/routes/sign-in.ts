/** Coming in: the first administrator, invitations, sign-in and sign-out. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { MAX_URL, oneTimeToken } from '../../contracts/bounds.ts';
import { LineupError } from '../../contracts/errors.ts';
import { type Actor, email, password, personName, user } from '../../contracts/people.ts';
import { timeZone } from '../../contracts/schedule.ts';
import { Secret } from '../../contracts/secret.ts';
import { sentence, words } from '../../contracts/sentence.ts';
import { settings } from '../../contracts/settings.ts';
import { admit } from '../auth/admission.ts';
import { AUTH_PATH, OIDC } from '../auth/better-auth.ts';
import { callBetterAuth, takeOver } from '../auth/bridge.ts';
import { userOfSession } from '../auth/identify.ts';
import { refuseCommonPassword } from '../auth/password-strength.ts';
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
  const { signInAttempts: attempts } = service;
  const recordSignIn = (who: Actor, action: string) =>
    service.auditLog.record(who, { action, subjectType: 'user', subjectId: who.id });
  /** What a link is about. @throws {LineupError} `not_permitted`; `too_many_requests` after many that were wrong */
  const subjectOfLink = async (
    request: FastifyRequest,
    subjectOf: () => Promise<string | undefined>,
  ): Promise<string> => {
    const attempt = await admit(attempts, request, { way: 'link', account: null, userId: null });
    const subject = await subjectOf();
    if (subject === undefined) await attempt.failed();
    else await attempt.succeeded();
    if (subject === undefined) throw badLink();
    return subject;
  };

  app.get(
    '/sign-in',
    {
      config,
      schema: {
        operationId: 'getSignIn',
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
        operationId: 'setUpFirstAdministrator',
        tags,
        summary: 'Become the first administrator, with the link from the server’s log',
        body: z.strictObject({
          token: oneTimeToken,
          name: personName,
          email,
          password,
          /** In which the installation shows times, until somebody changes it. */
          time_zone: timeZone.optional(),
        }),
        response: { 201: user },
      },
    },
    async (request, reply) => {
      const { token, time_zone, ...person } = request.body;
      const link = new Secret(token);
      await subjectOfLink(request, () => links.subjectOf('setup', link));
      await refuseCommonPassword('password', person.password, person);
      const redeemed = await links.redeem('setup', link);
      if (redeemed === undefined || (await people.hasAdministrator())) throw badLink();
      const first = await people.addFirstAdministrator(person);
      await recordSignIn(first, 'user.setup');
      if (time_zone) {
        const { appearance } = await service.settings.read();
        await service.settings.write('appearance', { ...appearance, time_zone }, first);
      }
      reply.code(201);
      return first;
    },
  );

  app.post(
    '/setup/check',
    {
      config,
      schema: {
        operationId: 'checkSetupLink',
        tags,
        summary: 'Tell whether a setup link can still be used; it is not used up',
        body: z.strictObject({ token: oneTimeToken }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const link = new Secret(request.body.token);
      await subjectOfLink(request, () => links.subjectOf('setup', link));
      if (await people.hasAdministrator()) throw badLink();
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/invitations/check',
    {
      config,
      schema: {
        operationId: 'checkInvitation',
        tags,
        summary: 'Tell whether a link from an administrator can still be used; it is not used up',
        body: z.strictObject({ token: oneTimeToken }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const link = new Secret(request.body.token);
      await subjectOfLink(request, () => links.subjectOf('invitation', link));
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/invitations/accept',
    {
      config,
      schema: {
        operationId: 'acceptInvitation',
        tags,
        summary: 'Set a password with a link from an administrator',
        body: z.strictObject({ token: oneTimeToken, password }),
        response: { 200: user },
      },
    },
    async (request) => {
      const { body } = request;
      const link = new Secret(body.token);
      const subject = await subjectOfLink(request, () => links.subjectOf('invitation', link));
      // A password that is refused does not use the link up.
      await refuseCommonPassword('password', body.password, await people.get(subject));
      const id = await links.redeem('invitation', link);
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
        operationId: 'createSession',
        tags,
        summary: 'Sign in; the session is a cookie',
        body: z.strictObject({ email, password: z.string().max(200) }),
        response: { 200: user },
      },
    },
    async (request, reply) => {
      const { email: account } = request.body;
      const userId = (await people.find(account))?.id ?? null;
      const attempt = await admit(attempts, request, { way: 'session', account, userId });
      const answer = await callBetterAuth(betterAuth, request, '/sign-in/email', request.body);
      const taken = await takeOver(answer, reply).catch(async (error: unknown) => {
        if (error instanceof LineupError && error.code === 'sign_in_failed') await attempt.failed();
        throw error;
      });
      const who = await people.get(signedIn.parse(taken).user.id);
      await attempt.succeeded();
      await recordSignIn(who, 'session.create');
      return who;
    },
  );

  app.delete(
    '/session',
    {
      config,
      schema: { operationId: 'deleteSession', tags, summary: 'Sign out', response: { 204: nothing } },
    },
    async (request, reply) => {
      const who = await userOfSession(betterAuth, request.headers.cookie);
      await takeOver(await callBetterAuth(betterAuth, request, '/sign-out', {}), reply);
      if (who) await recordSignIn(who, 'session.delete');
      return reply.code(204).send(null);
    },
  );

  if (!oidc) return;
  app.post(
    '/session/single-sign-on',
    {
      config,
      schema: {
        operationId: 'beginSingleSignOn',
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
export function callbackRoute(app: App, { auth: { betterAuth }, service }: Deps): void {
  app.get(`${AUTH_PATH}/callback/${OIDC}`, { config, schema: { hide: true } }, async (request, reply) => {
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
      await service.auditLog.record(who, { ...entry, detail: { single_sign_on: true } });
    }
    return reply.redirect(target);
  });
}
