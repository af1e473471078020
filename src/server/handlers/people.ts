/** Who may use the service: users, and the API tokens of programs. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { apiTokenEndpoints, userEndpoints } from '../../endpoints/people.ts';
import { linkTo } from '../auth/auth.ts';
import type { Deps, Handlers } from '../handler.ts';

export function userHandlers({ auth, useCases, publicUrl }: Deps): Handlers<typeof userEndpoints> {
  const { people, links } = auth;
  const invitation = async (id: string): Promise<string> =>
    linkTo(publicUrl, 'invitation', (await links.issue('invitation', id)).reveal());
  return {
    'GET /users': async () => ({ items: await people.list() }),
    'POST /users': async ({ body, principal }) => {
      const user = await people.add(body);
      await useCases.auditLog.record(principal, {
        action: 'user.create',
        subjectType: 'user',
        subjectId: user.id,
        detail: { role: user.role },
      });
      return { user, link: await invitation(user.id) };
    },
    'PATCH /users/:id': async ({ params, body, principal }) => {
      // So there is always an administrator.
      if (params.id === principal.id && (body.role !== undefined || body.disabled !== undefined)) {
        throw new LineupError(
          'action_not_allowed',
          sentence`You cannot change your own role or disable yourself. Ask another administrator.`,
        );
      }
      const before = await people.get(params.id);
      const changed = await people.change(params.id, body, principal);
      await useCases.auditLog.record(principal, {
        action: 'user.change',
        subjectType: 'user',
        subjectId: params.id,
        detail: {
          changes: Object.fromEntries(
            (['role', 'disabled'] as const)
              .filter((key) => body[key] !== undefined && body[key] !== before[key])
              .map((key) => [key, [before[key], changed[key]]]),
          ),
          // Names are personal, and the log is kept for years.
          ...(body.name !== undefined && { changed: ['name'] }),
        },
      });
      return changed;
    },
    'DELETE /users/:id': async ({ params, principal }) => {
      if (params.id === principal.person) {
        throw new LineupError('action_not_allowed', sentence`You cannot remove yourself. Ask another administrator.`);
      }
      // Refused for the last administrator. It also ends the sessions.
      await people.change(params.id, { disabled: true }, principal);
      return useCases.formerUsers.erase(params.id, principal);
    },
    'POST /users/:id/invitation': async ({ params, principal }) => {
      await people.get(params.id);
      await useCases.auditLog.record(principal, {
        action: 'user.invite',
        subjectType: 'user',
        subjectId: params.id,
      });
      return { link: await invitation(params.id) };
    },
  };
}

export const apiTokenHandlers = ({ useCases: { apiTokens } }: Deps): Handlers<typeof apiTokenEndpoints> => ({
  'GET /api-tokens': async () => ({ items: await apiTokens.list() }),
  'POST /api-tokens': async ({ body, principal }) => {
    const { token, entry } = await apiTokens.create(body, principal);
    return { token: token.reveal(), entry };
  },
  'DELETE /api-tokens/:id': ({ params, principal }) => apiTokens.revoke(params.id, principal),
});
