/** Users, for administrators. */
import { z } from 'zod';
import { newUser, user, userChange } from '../contracts/people.ts';
import { byId, created, endpoint, ok } from './endpoint.ts';

const write = { tag: 'Users', access: 'users.write' } as const;

/** The link where the new user sets a password. The administrator passes it on, because the service sends no mail to users. */
const link = z.string().describe('Works once, for seven days.');

export const userEndpoints = {
  'GET /users': endpoint({
    operationId: 'listUsers',
    tag: 'Users',
    summary: 'List the users',
    access: 'users.read',
    response: ok(z.object({ items: z.array(user) })),
  }),
  'POST /users': endpoint({
    ...write,
    operationId: 'inviteUser',
    summary: 'Invite a user',
    body: newUser,
    response: created(z.object({ user, link })),
  }),
  'PATCH /users/:id': endpoint({
    ...write,
    operationId: 'changeUser',
    summary: 'Change a user’s name or role, or disable them',
    params: byId,
    body: userChange,
    response: ok(user),
  }),
  'POST /users/:id/invitation': endpoint({
    ...write,
    operationId: 'createInvitation',
    summary: 'Make a new link with which a user sets a password; older ones end',
    params: byId,
    response: created(z.object({ link })),
  }),
};
