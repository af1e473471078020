/** Whoever is signed in. */
import { LineupError } from '../../contracts/errors.ts';
import { operationsOf } from '../../contracts/permissions.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { meEndpoints } from '../../endpoints/me.ts';
import { admit } from '../auth/admission.ts';
import { callBetterAuth, takeOver } from '../auth/bridge.ts';
import { refuseCommonPassword } from '../auth/password-strength.ts';
import type { Deps } from '../deps.ts';
import type { Handlers } from '../handler.ts';

export const meHandlers = ({ auth, useCases }: Deps): Handlers<typeof meEndpoints> => ({
  'GET /me': async ({ principal: { id, name, role, user } }) => ({
    id,
    name,
    role,
    user,
    operations: operationsOf(role),
    time_zone: (await useCases.settings.read()).appearance.time_zone,
  }),
  'POST /me/password': async ({ body, principal, request, reply }) => {
    if (!principal.user) throw new LineupError('action_not_allowed', sentence`An API token has no password.`);
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
