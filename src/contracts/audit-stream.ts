/** The audit log outside of Lineup: where it goes to, and the line of an entry there. */
import type { z } from 'zod';
import type { Secret } from '../domain/values/secret.ts';
import { auditEntry } from './audit.ts';

/** Where the operator wants it. */
export interface AuditTargets {
  /** The path of a file of JSON lines. */
  readonly file?: string | undefined;
  readonly webhook?: AuditWebhook | undefined;
}

export interface AuditWebhook {
  readonly url: string;
  /** Signs each request by Standard Webhooks. */
  readonly signingKey?: Secret | undefined;
  /** The whole `Authorization` header. */
  readonly authorization?: Secret | undefined;
}

/** The names of the streams, each with a place of its own in the log. */
export const auditStreamNames = ['file', 'webhook'] as const;
export type AuditStreamName = (typeof auditStreamNames)[number];

/** One entry as it is sent: a line of the file, or an item of a request. Keys are only ever added. */
export const auditLine = auditEntry;
export type AuditLine = z.infer<typeof auditLine>;

/** How far a stream is. */
export interface AuditStreamState {
  readonly name: string;
  /** The age of the oldest entry that has not arrived; 0 when there is none. */
  readonly lagSeconds: number;
}
