/**
 * The permission table: who may do what. Every route names its operation. The web app gets the operations of its user, so that it
 * never offers an action that the server would refuse.
 */
import { z } from 'zod';
import { type Role, role } from './people.ts';

/** The lowest role that each operation needs. */
export const permissions = {
  'authorizations.read': 'viewer',
  'authorizations.write': 'editor',
  'sources.read': 'viewer',
  // For the sources of saved jobs. Examples of members are masked.
  'sources.preview': 'viewer',
  // Also for sources that no saved job uses and no list shows: a query, a path, a URL. The service then reads something new.
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

/** From the highest to the lowest. */
const ranks = role.options;

export const mayDo = (held: Role, wanted: Operation): boolean =>
  ranks.indexOf(held) <= ranks.indexOf(permissions[wanted]);

/** The role that may do less. */
export const lesserRole = (one: Role, other: Role): Role =>
  ranks.indexOf(one) >= ranks.indexOf(other) ? one : other;

/** All operations that a role may do. */
export const operationsOf = (held: Role): Operation[] => operations.filter((wanted) => mayDo(held, wanted));
