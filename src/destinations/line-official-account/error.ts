/** Why a request to LINE failed: plain data for the retries, and the error of a call. */

import type { TokenFailure } from '../../../packages/client-core/src/failure.ts';
import { type CommonCode, type Outcome, verdictOf } from '../../../packages/client-core/src/failure.ts';
import { parseRetryAfter } from '../../../packages/client-core/src/timing.ts';

/** A detail of LINE's answer. What it is about is left out: that might be a value. */
export interface Reason {
  readonly code: string;
}

export interface Failure extends TokenFailure {
  readonly reasons?: readonly Reason[];
}

export class OfficialAccountError extends Error {
  override readonly name = 'OfficialAccountError';
  readonly code: CommonCode | 'no_token';
  readonly status: number | undefined;
  readonly reasons: readonly Reason[];
  readonly retryable: boolean;
  readonly outcome: Outcome;
  readonly attempts: number;

  constructor(failure: Failure, about: { message: string; attempts: number; outcome: Outcome }) {
    super(about.message, { cause: failure.cause });
    this.code = failure.code;
    this.status = failure.status;
    this.reasons = failure.reasons ?? [];
    this.retryable = failure.retryable;
    this.outcome = about.outcome;
    this.attempts = about.attempts;
  }
}

export const hasReason = ({ reasons }: Pick<OfficialAccountError, 'reasons'>, code: string): boolean =>
  reasons.some((reason) => reason.code === code);

/** What a refusal means. Pure. @param now of this machine, in ms */
export function failureOfAnswer(status: number, headers: Headers, text: string, now: number): Failure {
  const reasons = reasonsIn(objectIn(text));
  const verdict = verdictOf(status, text);
  const named = reasons.map(({ code }) => code).join(', ');
  return {
    ...verdict,
    refusesToken: status === 401,
    status,
    reasons,
    // LINE sends none. A proxy may.
    retryAfterMs: verdict.retryable ? parseRetryAfter(headers.get('retry-after'), headers.get('date'), now) : undefined,
    message: `LINE answered ${[status, named].filter(Boolean).join(' ')}.`,
  };
}

type Answer = { readonly message?: unknown; readonly details?: unknown };

function objectIn(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** A code as LINE writes them. Sentences are left out: they might quote a value. */
const codeForm = /^[A-Z][A-Z_]{2,80}$/;

/** Those of the details. Without one, the message itself may be the code. */
function reasonsIn({ message, details }: Answer = {}): Reason[] {
  const entries: readonly unknown[] = Array.isArray(details) ? details : [];
  const codes = entries.map((detail) => (detail as Answer | null)?.message).filter(isCode);
  return (codes.length > 0 ? codes : [message].filter(isCode)).map((code) => ({ code }));
}

const isCode = (text: unknown): text is string => typeof text === 'string' && codeForm.test(text);
