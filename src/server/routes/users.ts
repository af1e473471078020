/** People who may sign in, for administrators. */
import { z } from 'zod';
import { LineupError } from '../../contracts/errors.ts';
import { newUser, user, userChange } from '../../contracts/people.ts';
import { sentence } from '../../contracts/sentence.ts';
import { linkTo } from '../auth/auth.ts';
import { type App, byId, type Deps } from './routes.ts';

const tags = ['Users'];
const write = { access: 'users.write' } as const;

/** Where the new user sets a password; there is no mail to send it by, so the administrator hands it on. */
const link = z.string().describe('Works once, for seven days.');

export function userRoutes(app: App, { auth, service, publicUrl }: Deps): void {
  const { people, links } = auth;
  const invitation = async (id: string): Promise<string> =>
    linkTo(publicUrl, 'invitation', (await links.issue('invitation', id)).reveal());

  app.get(
    '/users',
    {
      config: { access: 'users.read' },
      schema: {
        operationId: 'listUsers',
        tags,
        summary: 'List the users',
        response: { 200: z.object({ items: z.array(user) }) },
      },
    },
    async () => ({ items: await people.list() }),
  );

  app.post(
    '/users',
    {
      config: write,
      schema: {
        operationId: 'inviteUser',
        tags,
        summary: 'Invite a user',
        body: newUser,
        response: { 201: z.object({ user, link }) },
      },
    },
    async ({ body, principal }, reply) => {
      const added = await people.add(body);
      await service.auditLog.record(principal, {
        action: 'user.create',
        subjectType: 'user',
        subjectId: added.id,
        detail: { role: added.role },
      });
      reply.code(201).header('cache-control', 'no-store');
      return { user: added, link: await invitation(added.id) };
    },
  );

  app.patch(
    '/users/:id',
    {
      config: write,
      schema: {
        operationId: 'changeUser',
        tags,
        summary: 'Change a user’s name or role, or disable them',
        params: byId,
        body: userChange,
        response: { 200: user },
      },
    },
    async ({ params, body, principal }) => {
      // Whoever manages users stays able to: so there is always an administrator.
      if (params.id === principal.id && (body.role !== undefined || body.disabled !== undefined)) {
        throw new LineupError(
          'action_not_allowed',
          sentence`Nobody changes their own role or disables themselves: ask another administrator.`,
        );
      }
      const before = await people.get(params.id);
      const changed = await people.change(params.id, body);
      await service.auditLog.record(principal, {
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
  );

  app.post(
    '/users/:id/invitation',
    {
      config: write,
      schema: {
        operationId: 'createInvitation',
        tags,
        summary: 'Make a new link with which a user sets a password; older ones end',
        params: byId,
        response: { 201: z.object({ link }) },
      },
    },
    async ({ params, principal }, reply) => {
      await people.get(params.id);
      await service.auditLog.record(principal, {
        action: 'user.invite',
        subjectType: 'user',
        subjectId: params.id,
      });
      reply.code(201).header('cache-control', 'no-store');
      return { link: await invitation(params.id) };
    },
  );
}
