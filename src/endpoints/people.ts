/** Who may use the service: users, and the API tokens of programs. */
import { z } from 'zod';
import { apiToken, formerUser, listedUser, newApiToken, newUser, userChange } from '../domain/people/people.ts';
import { itemsOf } from '../domain/values/paging.ts';
import { byId, created, endpoint, noContent, ok } from './endpoint.ts';

const writeUsers = { tag: 'Users', access: 'users.write' } as const;

/**
 * The link where the new user sets a password. The administrator passes it on, because the service sends no mail to
 * users.
 */
const link = z.string().describe('Works once and expires after seven days.');

/** For administrators. */
export const userEndpoints = {
  'GET /users': endpoint({
    operationId: 'listUsers',
    tag: 'Users',
    summary: 'List users',
    access: 'users.read',
    response: ok(itemsOf(listedUser)),
  }),
  'POST /users': endpoint({
    ...writeUsers,
    operationId: 'inviteUser',
    summary: 'Invite a user',
    body: newUser,
    response: created(z.object({ user: listedUser, link })),
  }),
  'PATCH /users/:id': endpoint({
    ...writeUsers,
    operationId: 'changeUser',
    summary: 'Update a user’s name or role, or disable the user',
    params: byId,
    body: userChange,
    response: ok(listedUser),
  }),
  'DELETE /users/:id': endpoint({
    ...writeUsers,
    operationId: 'removeUser',
    summary: 'Remove a user for good: a number stands in place of the name and the e-mail address',
    params: byId,
    response: ok(formerUser),
  }),
  'POST /users/:id/invitation': endpoint({
    ...writeUsers,
    operationId: 'createInvitation',
    summary: 'Create a password link for a user and revoke older links',
    params: byId,
    response: created(z.object({ link })),
  }),
};

const readTokens = { tag: 'API tokens', access: 'api_tokens.read' } as const;
const writeTokens = { tag: 'API tokens', access: 'api_tokens.write' } as const;

/** For programs, with a role and an expiry. */
export const apiTokenEndpoints = {
  'GET /api-tokens': endpoint({
    ...readTokens,
    operationId: 'listApiTokens',
    summary: 'List active API tokens, newest first',
    response: ok(itemsOf(apiToken)),
  }),
  'POST /api-tokens': endpoint({
    ...writeTokens,
    operationId: 'createApiToken',
    summary: 'Create an API token; the response is the only one that contains it',
    body: newApiToken,
    response: created(z.object({ token: z.string(), entry: apiToken })),
  }),
  'DELETE /api-tokens/:id': endpoint({
    ...writeTokens,
    operationId: 'revokeApiToken',
    summary: 'Revoke an API token',
    params: byId,
    response: noContent,
  }),
};
