/**
 * Who may do what: the one table. Every route names its operation from here, and the web app is told which of them its user
 * may do, so that nobody is shown an action that would be refused.
 */
import { z } from 'zod';
import { type Role, role } from './people.ts';

/** Each operation with the least role that may do it. */
export const permissions = {
  'authorizations.read': 'viewer',
  'authorizations.write': 'editor',
  'sources.read': 'viewer',
  // Of what a job was saved with; examples of members are masked.
  'sources.preview': 'viewer',
  // Also what no job was saved with and no list has: a query, a path, a URL. It makes the service read where nobody has before.
  'sources.any': 'editor',
  // The names of people's files may be personal.
  'uploads.read': 'editor',
  'uploads.write': 'editor',
  'custom_audiences.read': 'viewer',
  'custom_audiences.write': 'editor',
  'jobs.read': 'viewer',
  'jobs.write': 'editor',
  'jobs.act': 'editor',
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

/** From the most to the least. */
const ranks = role.options;

export const mayDo = (held: Role, wanted: Operation): boolean =>
  ranks.indexOf(held) <= ranks.indexOf(permissions[wanted]);

/** Of two roles the one that may do less. */
export const lesserRole = (one: Role, other: Role): Role =>
  ranks.indexOf(one) >= ranks.indexOf(other) ? one : other;

/** Everything that a role may do. */
export const operationsOf = (held: Role): Operation[] => operations.filter((wanted) => mayDo(held, wanted));
