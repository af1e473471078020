/** Sign-in: the first administrator, invitations, sign-in and sign-out, and the user or token that is signed in. */
import { z } from 'zod';
import { settings } from '../contracts/settings.ts';
import { email, operation, password, personName, role, user } from '../domain/people/people.ts';
import { timeZone } from '../domain/schedule/schedule.ts';
import { countryCode, oneTimeToken } from '../domain/values/bounds.ts';
import { created, endpoint, noContent, ok } from './endpoint.ts';

const open = { tag: 'Sign-in', access: 'public' } as const;

const link = z.strictObject({ token: oneTimeToken });

export const signInEndpoints = {
  'GET /sign-in': endpoint({
    ...open,
    operationId: 'getSignIn',
    summary: 'Get sign-in options',
    response: ok(
      z.object({
        /** There is no administrator yet. The setup link is in the log of the server. */
        setup_needed: z.boolean(),
        single_sign_on: z.object({ label: z.string() }).nullable(),
        /** For browsers that ask for no language of the web app. */
        language: settings.shape.appearance.shape.language,
      }),
    ),
  }),
  'POST /setup': endpoint({
    ...open,
    operationId: 'setUpFirstAdministrator',
    summary: 'Create the first administrator with the setup link from the server’s log',
    body: link.extend({
      name: personName,
      email,
      password,
      /** The first time zone in which the installation shows times. */
      time_zone: timeZone.optional(),
    }),
    response: created(user),
  }),
  'POST /setup/check': endpoint({
    ...open,
    operationId: 'checkSetupLink',
    summary: 'Check a setup link without using it',
    body: link,
    response: noContent,
  }),
  'POST /invitations/check': endpoint({
    ...open,
    operationId: 'checkInvitation',
    summary: 'Check a password link without using it',
    body: link,
    response: noContent,
  }),
  'POST /invitations/accept': endpoint({
    ...open,
    operationId: 'acceptInvitation',
    summary: 'Set a password with a password link',
    body: link.extend({ password }),
    response: ok(user),
  }),
  'POST /session': endpoint({
    ...open,
    operationId: 'createSession',
    summary: 'Sign in and start a cookie session',
    body: z.strictObject({ email, password: z.string().max(200) }),
    response: ok(user),
  }),
  'DELETE /session': endpoint({
    ...open,
    operationId: 'deleteSession',
    summary: 'Sign out',
    response: noContent,
  }),
};

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
  /** The alert rules of jobs that do not have their own. */
  alerts: settings.shape.alerts,
  /** Null when neither the time zone nor the language of the settings belongs to one country. */
  country: countryCode
    .nullable()
    .default(null)
    .describe('The country of the installation, which forms offer as the default country of phone numbers.'),
  other_side: z
    .string()
    .nullable()
    .default(null)
    .describe('Who runs the destination. Null without authorizations of destinations, and when they are of several.'),
});

export const meEndpoints = {
  'GET /me': endpoint({
    ...signedIn,
    operationId: 'getMe',
    summary: 'Get the signed-in user and their permissions',
    response: ok(me),
  }),
  'POST /me/password': endpoint({
    ...signedIn,
    operationId: 'changeMyPassword',
    summary: 'Change your own password and end other sessions',
    body: z.strictObject({ current_password: z.string().max(200), new_password: password }),
    response: noContent,
  }),
};
