/** People who may sign in, for administrators. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { userEndpoints } from '../../endpoints/users.ts';
import { linkTo } from '../auth/auth.ts';
import type { Deps } from '../deps.ts';
import type { Handlers } from '../handler.ts';

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
      // Whoever manages users stays able to: so there is always an administrator.
      if (params.id === principal.id && (body.role !== undefined || body.disabled !== undefined)) {
        throw new LineupError(
          'action_not_allowed',
          sentence`Nobody changes their own role or disables themselves: ask another administrator.`,
        );
      }
      const before = await people.get(params.id);
      const changed = await people.change(params.id, body);
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
