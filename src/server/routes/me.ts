/** Whoever is signed in. */
import { z } from 'zod';
import { LineupError } from '../../contracts/errors.ts';
import { password, role, user } from '../../contracts/people.ts';
import { operation, operationsOf } from '../../contracts/permissions.ts';
import { sentence } from '../../contracts/sentence.ts';
import { settings } from '../../contracts/settings.ts';
import { admit } from '../auth/admission.ts';
import { callBetterAuth, takeOver } from '../auth/bridge.ts';
import { refuseCommonPassword } from '../auth/password-strength.ts';
import { type App, type Deps, nothing } from './routes.ts';

const tags = ['Sign-in'];
const config = { access: 'signed_in' } as const;

const me = z.object({
  id: z.string(),
  name: z.string(),
  role,
  /** Null for an API token. */
  user: user.nullable(),
  /** Everything that this user or token may do. */
  operations: z.array(operation),
  /** In which times are shown; null: the reader's own. */
  time_zone: settings.shape.appearance.shape.time_zone,
});

export function meRoutes(app: App, { auth, service }: Deps): void {
  app.get(
    '/me',
    {
      config,
      schema: {
        operationId: 'getMe',
        tags,
        summary: 'Tell who is signed in and what they may do',
        response: { 200: me },
      },
    },
    async ({ principal: { id, name, role: held, user: person } }) => ({
      id,
      name,
      role: held,
      user: person,
      operations: operationsOf(held),
      time_zone: (await service.settings.read()).appearance.time_zone,
    }),
  );

  app.post(
    '/me/password',
    {
      config,
      schema: {
        operationId: 'changeMyPassword',
        tags,
        summary: 'Change one’s own password; other sessions end',
        body: z.strictObject({ current_password: z.string().max(200), new_password: password }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { body, principal } = request;
      if (!principal.user)
        throw new LineupError('action_not_allowed', sentence`An API token has no password.`);
      const { email, id: userId } = principal.user;
      await refuseCommonPassword('new_password', body.new_password, principal.user);
      const attempt = await admit(service.signInAttempts, request, {
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
      await service.auditLog.record(principal, {
        action: 'user.password',
        subjectType: 'user',
        subjectId: principal.id,
      });
      return reply.code(204).send(null);
    },
  );
}
