/** Users and API tokens with their roles, and the permission table: who may do what. */
import { z } from 'zod';
import { LineupError } from '../errors/errors.ts';
import { issueText, type Sentence, sentence } from '../text/sentence.ts';
import { plainLine } from '../values/bounds.ts';

/** The name of a person or of a token. */
export const personName = plainLine(issueText`Enter a name.`).max(120);

/**
 * Viewers only read. Editors also manage authorizations and jobs. Administrators also manage users, tokens and
 * settings.
 */
export const role = z.enum(['administrator', 'editor', 'viewer']);
export type Role = z.infer<typeof role>;

/** The author of a change. `name` keeps the name at the time of the change. */
export interface Actor {
  /** A user's id, a token's id, `system` or `webhook`. */
  readonly id: string;
  readonly name: string;
  /** The request of the API that asks for the change. */
  readonly requestId?: string;
}

/** Who asks for something, with the present role. */
export interface Caller extends Actor {
  readonly role: Role;
}

/** Lineup itself, for the scheduler, a worker or a health check. */
export const system: Actor = { id: 'system', name: 'Lineup' };

/** A program that signs a webhook, for the job that waits for it. */
export const webhookSender: Actor = { id: 'webhook', name: 'webhook' };

/** A person with access to the database, on the command line without a sign-in. */
export const operator: Actor = { id: 'operator', name: 'lineup tokens create' };

/** An API token in a list. The token itself is shown only once, when it is created. */
export const apiToken = z.object({
  id: z.string(),
  name: z.string(),
  role,
  /**
   * The lower of the token's role and its maker's present role. Null: the token is refused, because its maker is
   * disabled, deleted or unknown, or is itself a token that was revoked or has expired.
   */
  effective_role: role.nullable(),
  /** The last four characters. */
  hint: z.string(),
  created_by: z.string(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
});
export type ApiToken = z.infer<typeof apiToken>;

/** A new API token. */
export const newApiToken = z.strictObject({
  name: personName,
  role,
  /** Null: the token never expires. */
  expires_at: z.iso.datetime({ offset: true }).max(40).nullable().default(null),
});
export type NewApiToken = z.infer<typeof newApiToken>;

/** A person who may sign in. */
export const user = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role,
  /** A disabled user cannot sign in and has no sessions. */
  disabled: z.boolean(),
  created_at: z.string(),
});
export type User = z.infer<typeof user>;

/** Why a user is disabled. The provider of single sign-on undoes its own reasons at the next sign-in. */
export const disabledBecause = z.enum(['administrator', 'no_group', 'provider']);
export type DisabledBecause = z.infer<typeof disabledBecause>;

/** A user in the list of administrators. */
export const listedUser = user.extend({
  single_sign_on: z.boolean().describe('Whether the user has signed in by single sign-on.'),
  role_from: z
    .enum(['lineup', 'groups'])
    .describe('`groups`: the groups of the single sign-on provider give the role, and nobody can change it here.'),
  disabled_at: z
    .string()
    .nullable()
    .describe('Null for a user who is not disabled, or whom an earlier version disabled.'),
  disabled_by: z.string().nullable(),
  disabled_because: disabledBecause
    .nullable()
    .describe(
      '`no_group`: in no group that has a role · `provider`: the single sign-on provider does not know the user any more.',
    ),
});
export type ListedUser = z.infer<typeof listedUser>;

export const email = z.email(issueText`Enter an e-mail address.`).max(200);
/** Length matters more than special characters. src/server/auth/better-auth.ts has the same limits. */
export const password = z
  .string()
  .min(12, issueText`Use at least 12 characters.`)
  .max(200, issueText`Use at most 200 characters.`);

/** A new user. The user sets the password by a link. */
export const newUser = z.strictObject({
  name: personName,
  email,
  role,
});

export const userChange = z.strictObject({
  name: personName.optional(),
  role: role.optional(),
  disabled: z.boolean().optional(),
});

/** A user who was removed for good. */
export const formerUser = z.object({
  name: z.string().describe('What stands in place of the name and the e-mail address, such as `former user 12`.'),
  channels: z
    .array(z.string())
    .readonly()
    .describe('The labels of notification channels that still send to the address of the person.'),
});
export type FormerUser = z.infer<typeof formerUser>;

/**
 * The lowest role that each operation needs. Every route names its operation. The web app gets the operations of its
 * user, so that it never offers an action that the server would refuse.
 */
export const permissions = {
  'authorizations.read': 'viewer',
  'authorizations.write': 'editor',
  'sources.read': 'viewer',
  // For the sources of saved jobs. Examples of members are masked.
  'sources.preview': 'viewer',
  // Also for sources that no saved job uses and no list shows: a query, a path, a URL. The service then reads something
  // new.
  'sources.any': 'editor',
  // The names of people's files may be personal.
  'uploads.read': 'editor',
  'uploads.write': 'editor',
  'custom_audiences.read': 'viewer',
  'custom_audiences.write': 'editor',
  'jobs.read': 'viewer',
  'jobs.write': 'editor',
  'jobs.act': 'editor',
  // Everybody who may see jobs may see which lists apply to them.
  'suppression_lists.read': 'viewer',
  'suppression_lists.write': 'administrator',
  // Who asked to be forgotten, and what follows from it, is for those who answer such requests.
  'erasures.read': 'administrator',
  'erasures.write': 'administrator',
  'runs.read': 'viewer',
  'metrics.read': 'viewer',
  'settings.read': 'administrator',
  'settings.write': 'administrator',
  'notifications.read': 'administrator',
  'notifications.write': 'administrator',
  'users.read': 'administrator',
  'users.write': 'administrator',
  'api_tokens.read': 'administrator',
  'api_tokens.write': 'administrator',
  'audit_log.read': 'administrator',
} as const satisfies Record<string, Role>;

export type Operation = keyof typeof permissions;
const operations = Object.keys(permissions) as [Operation, ...Operation[]];
export const operation = z.enum(operations);

/** From the highest to the lowest. */
const ranks = role.options;

export const mayDo = (held: Role, wanted: Operation): boolean =>
  ranks.indexOf(held) <= ranks.indexOf(permissions[wanted]);

const needs: Record<Role, Sentence> = {
  administrator: sentence`Only an administrator may do this.`,
  editor: sentence`Only an editor or an administrator may do this.`,
  viewer: sentence`Only users with a role may do this.`,
};

/** @throws {LineupError} `not_permitted` */
export function assertMayDo(held: Role, wanted: Operation): void {
  if (!mayDo(held, wanted)) throw new LineupError('not_permitted', needs[permissions[wanted]]);
}

/** The role that may do less. */
export const lesserRole = (held: Role, other: Role): Role =>
  ranks.indexOf(held) >= ranks.indexOf(other) ? held : other;

/** All operations that a role may do. */
export const operationsOf = (held: Role): Operation[] => operations.filter((wanted) => mayDo(held, wanted));
