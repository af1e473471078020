/**
 * Sign-in: attempts and their limit, the first administrator, invitations, passwords, and the user who is signed in.
 */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Attempt, SignInAttempts } from '../../contracts/use-cases.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Actor, operationsOf } from '../../domain/people/people.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { countryOfInstallation } from '../../domain/values/installation-country.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { meEndpoints, signInEndpoints } from '../../endpoints/sign-in.ts';
import { callBetterAuth, takeOver } from '../auth/bridge.ts';
import { userOfSession } from '../auth/identify.ts';
import { refuseCommonPassword } from '../auth/password-strength.ts';
import type { Deps, Handlers } from '../handler.ts';

const badLink = () =>
  new LineupError(
    'not_permitted',
    sentence`This link is invalid, used, replaced by a newer one, or expired. Ask an administrator for a new one.`,
  );

/** The answer of better-auth to a sign-in. */
const signedIn = z.object({ user: z.object({ id: z.string() }) });

export function signInHandlers({ auth, useCases }: Deps): Handlers<typeof signInEndpoints> {
  const { betterAuth, people, links, oidc } = auth;
  const { signInAttempts: attempts } = useCases;
  const recordSignIn = ({ id, name }: Actor, action: string, { id: requestId }: FastifyRequest) =>
    useCases.auditLog.record({ id, name, requestId }, { action, subjectType: 'user', subjectId: id });
  /** The subject of a link. @throws {LineupError} `not_permitted`; `too_many_requests` after many wrong links */
  const subjectOfLink = async (
    request: FastifyRequest,
    kind: 'setup' | 'invitation',
    link: Secret,
  ): Promise<string> => {
    const attempt = await admit(attempts, request, { way: 'link', account: null, userId: null });
    const subject = await links.subjectOf(kind, link);
    if (subject === undefined) await attempt.failed();
    else await attempt.succeeded();
    if (subject === undefined) throw badLink();
    return subject;
  };

  return {
    'GET /sign-in': async () => ({
      setup_needed: !(await people.hasAdministrator()),
      single_sign_on: oidc ? { label: oidc.config.label } : null,
      language: (await useCases.settings.read()).appearance.language,
    }),

    'POST /setup': async ({ body: { token, time_zone, ...person }, request }) => {
      const link = new Secret(token);
      await subjectOfLink(request, 'setup', link);
      await refuseCommonPassword('password', person.password, person);
      const redeemed = await links.redeem('setup', link);
      if (redeemed === undefined || (await people.hasAdministrator())) throw badLink();
      const first = await people.addFirstAdministrator(person);
      await recordSignIn(first, 'user.setup', request);
      if (time_zone) {
        const { appearance } = await useCases.settings.read();
        await useCases.settings.write('appearance', { ...appearance, time_zone }, first);
      }
      return first;
    },

    'POST /setup/check': async ({ body, request }) => {
      await subjectOfLink(request, 'setup', new Secret(body.token));
      if (await people.hasAdministrator()) throw badLink();
    },

    'POST /invitations/check': async ({ body, request }) => {
      await subjectOfLink(request, 'invitation', new Secret(body.token));
    },

    'POST /invitations/accept': async ({ body, request }) => {
      const link = new Secret(body.token);
      const subject = await subjectOfLink(request, 'invitation', link);
      // A refused password must not use up the link.
      await refuseCommonPassword('password', body.password, await people.get(subject));
      const id = await links.redeem('invitation', link);
      if (id === undefined) throw badLink();
      await people.setPassword(id, body.password);
      const invited = await people.get(id);
      await recordSignIn(invited, 'user.password', request);
      return invited;
    },

    'POST /session': async ({ body, request, reply }) => {
      const { email: account } = body;
      const userId = (await people.find(account))?.id ?? null;
      const attempt = await admit(attempts, request, { way: 'session', account, userId });
      const answer = await callBetterAuth(betterAuth, request, '/sign-in/email', body);
      const taken = await takeOver(answer, reply).catch(async (error: unknown) => {
        if (error instanceof LineupError && error.code === 'sign_in_failed') await attempt.failed();
        throw error;
      });
      const who = await people.get(signedIn.parse(taken).user.id);
      await attempt.succeeded();
      await recordSignIn(who, 'session.create', request);
      return who;
    },

    'DELETE /session': async ({ request, reply }) => {
      const who = await userOfSession(betterAuth, request.headers.cookie);
      await takeOver(await callBetterAuth(betterAuth, request, '/sign-out', {}), reply);
      if (who) await recordSignIn(who, 'session.delete', request);
    },
  };
}

export const meHandlers = ({ auth, useCases }: Deps): Handlers<typeof meEndpoints> => ({
  'GET /me': async ({ principal: { id, name, role, user } }) => {
    const { appearance, alerts } = await useCases.settings.read();
    const [destination, ...others] = await useCases.authorizations.destinations();
    return {
      id,
      name,
      role,
      user,
      operations: operationsOf(role),
      time_zone: appearance.time_zone,
      alerts,
      country: countryOfInstallation(appearance) ?? null,
      other_side: destination && others.length === 0 ? destination.owner : null,
    };
  },
  'POST /me/password': async ({ body, principal, request, reply }) => {
    if (!principal.user) throw new LineupError('action_not_allowed', sentence`API tokens have no password.`);
    const { email, id: userId } = principal.user;
    await refuseCommonPassword('new_password', body.new_password, principal.user);
    const attempt = await admit(useCases.signInAttempts, request, {
      way: 'password',
      account: email,
      userId,
    });
    const answer = await callBetterAuth(auth.betterAuth, request, '/change-password', {
      currentPassword: body.current_password,
      newPassword: body.new_password,
      revokeOtherSessions: true,
    });
    await takeOver(answer, reply).catch(async (error: unknown) => {
      await attempt.failed();
      throw error;
    });
    await attempt.succeeded();
    await useCases.auditLog.record(principal, {
      action: 'user.password',
      subjectType: 'user',
      subjectId: principal.id,
    });
  },
});

export interface Admitted {
  /** Records a failure. @param detail facts for the audit log, without personal data */
  failed(detail?: Readonly<Record<string, unknown>>): Promise<void>;
  succeeded(): Promise<void>;
}

/** @throws {LineupError} `too_many_requests` with the time to wait */
export async function admit(
  attempts: SignInAttempts,
  request: FastifyRequest,
  attempt: Omit<Attempt, 'address'>,
): Promise<Admitted> {
  const begun = await attempts.begin({ ...attempt, address: request.ip });
  if (begun.succeeded) {
    return {
      // The request log holds the client address with this id.
      failed: (detail) => begun.failed({ ...detail, request_id: request.id }),
      succeeded: begun.succeeded,
    };
  }
  throw new LineupError(
    'too_many_requests',
    sentence`Too many attempts have failed. Try again in ${begun.waitSeconds} seconds.`,
    { retryable: true, retryAfterSeconds: begun.waitSeconds },
  );
}
