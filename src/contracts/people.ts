/** Who acts: users and tokens, by role. */
import { z } from 'zod';
import { plainLine } from './bounds.ts';
import { issueText } from './sentence.ts';

/** Of a person, or of a program. */
export const personName = plainLine(issueText`Enter a name.`).max(120);

/** Administrators also manage users, tokens and settings; editors authorizations and jobs; viewers only look. */
export const role = z.enum(['administrator', 'editor', 'viewer']);
export type Role = z.infer<typeof role>;

/** Whoever is written down as having done something. `name` is kept as it was then. */
export interface Actor {
  /** A user's id, a token's id, or `system`. */
  readonly id: string;
  readonly name: string;
}

/** Lineup itself: the schedule, a worker, a check of health. */
export const system: Actor = { id: 'system', name: 'Lineup' };

/** Whoever may write to the database itself, where nobody has signed in. */
export const operator: Actor = { id: 'operator', name: 'lineup tokens create' };

/** An API token as lists show it; the token itself is shown once, when it is made. */
export const apiToken = z.object({
  id: z.string(),
  name: z.string(),
  role,
  /**
   * What it may do now: the lesser of its role and the present role of whoever made it. Null: it is refused, because its maker
   * is disabled, deleted or unknown, or is a token that was revoked or is too old.
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
  /** Null: until it is revoked. */
  expires_at: z.iso.datetime({ offset: true }).max(40).nullable().default(null),
});
export type NewApiToken = z.infer<typeof newApiToken>;

/** A person who may sign in. */
export const user = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role,
  /** A disabled user cannot sign in, and has no session left. */
  disabled: z.boolean(),
  created_at: z.string(),
});
export type User = z.infer<typeof user>;

export const email = z.email(issueText`Enter an e-mail address.`).max(200);
/** Long rather than odd; the limits are those of src/server/auth/better-auth.ts. */
export const password = z
  .string()
  .min(12, issueText`At least 12 characters.`)
  .max(200, issueText`At most 200 characters.`);

/** A new user; the password is theirs to set, by a link. */
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
