/** LINE's answers to requests that it refuses. */
import type { z } from 'zod';
import type { Reply } from '../shared/http.ts';
import type { ViolationCode } from './violations.ts';

export interface RefusalOptions {
  property?: string | undefined;
  /**
   * The cause in plain text, for the developer of the client. LINE has no such field, so it is sent in a
   * header.
   */
  detail?: string;
  /** Set when a correct client would never have sent the request. */
  violation?: ViolationCode;
}

/** A refused request. Without a reason the answer has no body, as for a 429. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly status: number;
  readonly reason: string | undefined;
  readonly property: string | undefined;
  readonly violation: ViolationCode | undefined;

  constructor(status: number, reason?: string, { property, detail, violation }: RefusalOptions = {}) {
    super(detail ?? reason ?? `status ${status}`);
    this.status = status;
    this.reason = reason;
    this.property = property;
    this.violation = violation;
  }
}

/** A 400 for one property: the most frequent refusal by far. */
export function invalid(reason: string, property: string, detail?: string): RefusalError {
  return new RefusalError(400, reason, detail === undefined ? { property } : { property, detail });
}

export function refusalReply({
  status,
  reason,
  property,
}: Pick<RefusalError, 'status' | 'reason' | 'property'>): Reply {
  if (reason === undefined) return { status };
  return { status, json: { errors: [property === undefined ? { reason } : { reason, property }] } };
}

/**
 * Reads a body or a query by a schema. The errors of the schema say what a field must be.
 * @param reasonOf LINE's reason for a kind of mistake
 * @throws {RefusalError} 400 for the first mistake
 */
const reader =
  (reasonOf: (code: string) => string) =>
  <T>(schema: z.ZodType<T>, given: unknown): T => {
    const { data, error } = schema.safeParse(given, { reportInput: true });
    const [issue] = error?.issues ?? [];
    if (!issue) return data as T;
    // The index in a list is not part of the name.
    const property = issue.path.filter((key) => typeof key === 'string').join('.');
    if (property === '') throw new RefusalError(400, 'INVALID_FORMAT', { detail: 'the body must be a JSON object' });
    if (issue.input === undefined || issue.input === null) throw invalid('REQUIRED', property);
    throw invalid(reasonOf(issue.code), property, `${property} must be ${issue.message}`);
  };

/** Reasons: a value of the wrong type or form, a value that is not in its list, and all others. */
export const readBody = reader((code) =>
  code === 'invalid_type' || code === 'invalid_format'
    ? 'INVALID_FORMAT'
    : code === 'invalid_value'
      ? 'INVALID_ENUM'
      : 'INVALID_VALUE',
);

/** Reasons: a value that is not in its list, and all others. */
export const readQuery = reader((code) => (code === 'invalid_value' ? 'INVALID_ENUM' : 'INVALID_VALUE'));
