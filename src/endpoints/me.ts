/** The user or token that is signed in. */
import { z } from 'zod';
import { password, role, user } from '../contracts/people.ts';
import { operation } from '../contracts/permissions.ts';
import { settings } from '../contracts/settings.ts';
import { endpoint, noContent, ok } from './endpoint.ts';

const signedIn = { tag: 'Sign-in', access: 'signed_in' } as const;

const me = z.object({
  id: z.string(),
  name: z.string(),
  role,
  /** Null for an API token. */
  user: user.nullable(),
  /** Everything that this user or token may do. */
  operations: z.array(operation),
  /** The time zone of shown times; null for that of the browser. */
  time_zone: settings.shape.appearance.shape.time_zone,
});

export const meEndpoints = {
  'GET /me': endpoint({
    ...signedIn,
    operationId: 'getMe',
    summary: 'Tell who is signed in and what they may do',
    response: ok(me),
  }),
  'POST /me/password': endpoint({
    ...signedIn,
    operationId: 'changeMyPassword',
    summary: 'Change one’s own password; other sessions end',
    body: z.strictObject({ current_password: z.string().max(200), new_password: password }),
    response: noContent,
  }),
};
