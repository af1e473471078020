/** The audit log, as the HTTP API gives it. */
import { z } from 'zod';
import { knownId } from './bounds.ts';

/** What is looked for; everything that is given must fit. */
export const auditFilter = z.object({
  /** Part of the name of whoever did it. */
  actor: z.string().trim().max(200).optional(),
  /** What was done, e.g. `create`. */
  verb: z.string().max(100).optional(),
  subject_type: z.string().max(100).optional(),
  subject_id: knownId.optional(),
  /** From this moment on. */
  from: z.iso.datetime({ offset: true }).max(40).optional(),
  /** Before this moment. */
  to: z.iso.datetime({ offset: true }).max(40).optional(),
});
export type AuditFilter = z.infer<typeof auditFilter>;

/** What the audit log is told beside who and when. */
export interface NewAuditEntry {
  /** `<kind>.<verb>`, e.g. `user.create`. */
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string;
  /** What changed, by name; never a secret, never an identifier. */
  readonly detail?: Record<string, unknown>;
}

/** One line of the audit log. */
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
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** An entry with what its subject is called. */
export const shownAuditEntry = auditEntry.extend({
  /** As it is called now, or was when it was written down; null where neither is known. */
  subject_name: z.string().nullable(),
  /** Whether it is there still. */
  subject_exists: z.boolean(),
});
export type ShownAuditEntry = z.infer<typeof shownAuditEntry>;

/** The most entries of one export. */
export const MAX_EXPORTED = 10_000;
