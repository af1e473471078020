/** Why a request to LINE failed: plain data for the retries, and the error of a call. */
import type { CommonCode, Outcome, Failure as Plain } from '../../../packages/client-core/src/failure.ts';
import { parseRetryAfter } from '../../../packages/client-core/src/timing.ts';

/** A detail of LINE's answer. */
export interface Reason {
  readonly code: string;
  readonly property?: string | undefined;
}

export interface Failure extends Plain<'no_token'> {
  readonly reasons?: readonly Reason[];
  /** LINE does not accept the token any more. Another one may help. */
  readonly refusesToken?: boolean;
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

type Verdict = Pick<Failure, 'code' | 'retryable' | 'mayBeTaken' | 'refusesToken'>;

/** What a refusal means. Pure. @param now of this machine, in ms */
export function failureOfAnswer(status: number, headers: Headers, text: string, now: number): Failure {
  const reasons = readReasons(text);
  const verdict = judge(status);
  const named = reasons.map(({ code }) => code).join(', ');
  return {
    ...verdict,
    status,
    reasons,
    // LINE sends none. A proxy may.
    retryAfterMs: verdict.retryable ? parseRetryAfter(headers.get('retry-after'), headers.get('date'), now) : undefined,
    message: `LINE answered ${[status, named].filter(Boolean).join(' ')}.`,
  };
}

function judge(status: number): Verdict {
  if (status >= 500) return { code: 'server_error', retryable: true, mayBeTaken: true };
  if (status === 429) return { code: 'rate_limited', retryable: true, mayBeTaken: false };
  if (status === 401) return { code: 'unauthorized', retryable: false, mayBeTaken: false, refusesToken: true };
  if (status === 403) return { code: 'forbidden', retryable: false, mayBeTaken: false };
  // We follow no redirect: it would take the token and the members elsewhere.
  if (status >= 300 && status < 400) return { code: 'invalid_response', retryable: false, mayBeTaken: true };
  return { code: 'bad_request', retryable: false, mayBeTaken: false };
}

/** A code as LINE writes them. Sentences are left out: they might quote a value. */
const codeForm = /^[A-Z][A-Z_]{2,80}$/;

/** None for anything of another form: proxies answer in HTML. */
function readReasons(text: string): Reason[] {
  let answer: { details?: unknown } | null;
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    return [];
  }
  const details: unknown = answer?.details;
  if (!Array.isArray(details)) return [];
  return (details as ({ message?: unknown; property?: unknown } | null)[]).flatMap((detail) => {
    const code = detail?.message;
    if (typeof code !== 'string' || !codeForm.test(code)) return [];
    const property = detail?.property;
    return [typeof property === 'string' ? { code, property: property.slice(0, 80) } : { code }];
  });
}
