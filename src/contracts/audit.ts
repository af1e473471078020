/** The audit log, as the HTTP API shows it. */
import { z } from 'zod';
import { knownId } from '../domain/values/bounds.ts';

/** A filter of entries. An entry must match all given conditions. */
export const auditFilter = z.object({
  /** Part of the actor's name. */
  actor: z.string().trim().max(200).optional(),
  /** The action without its subject type, e.g. `create`. */
  verb: z.string().max(100).optional(),
  subject_type: z.string().max(100).optional(),
  subject_id: knownId.optional(),
  /** At this time or later. */
  from: z.iso.datetime({ offset: true }).max(40).optional(),
  /** Before this time. */
  to: z.iso.datetime({ offset: true }).max(40).optional(),
});
export type AuditFilter = z.infer<typeof auditFilter>;

/** A new entry, without its actor and time. */
export interface NewAuditEntry {
  /** `<kind>.<verb>`, e.g. `user.create`. */
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string;
  /** What changed, by key; never a secret, never an identifier of a member. */
  readonly detail?: Record<string, unknown>;
}

/** One stored entry. */
export const auditEntry = z.object({
  id: z.number().int(),
  at: z.string(),
  actor_id: z.string(),
  actor: z.string(),
  /** `<kind>.<verb>`, e.g. `authorization.create`. */
  action: z.string(),
  subject_type: z.string(),
  subject_id: z.string(),
  detail: z.record(z.string(), z.unknown()),
  /** Leads to the line of the process’ log that has the address; null when no request made the change. */
  request_id: z.string().nullable().default(null),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** An entry with the name of its subject. */
export const shownAuditEntry = auditEntry.extend({
  /** The present name, else the name at the time of the entry; null when both are unknown. */
  subject_name: z.string().nullable(),
  /** Whether the subject still exists. */
  subject_exists: z.boolean(),
});
export type ShownAuditEntry = z.infer<typeof shownAuditEntry>;

/** Entries in their order, as streams have them. */
export const auditPart = z.object({
  items: z.array(auditEntry).readonly(),
  /** The next part begins after this id. */
  after: z.number().int(),
  /** The newest id now. What comes before it may have to wait until transactions have ended. */
  newest: z.number().int(),
});
export type AuditPart = z.infer<typeof auditPart>;

/** The maximum number of entries in one export. */
export const MAX_EXPORTED = 10_000;
