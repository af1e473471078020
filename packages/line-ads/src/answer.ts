import { describeSkew } from './clock-skew.ts';
import type { Failure, LineReason } from './errors.ts';
import { adviseOn, isBusy, listReasons, parseReasons } from './reasons.ts';
import { parseRetryAfter } from './retry.ts';

export interface RefusedAnswer {
  status: number;
  headers: Headers;
  /** '' when it has none. */
  body: string;
  /** This machine's time when it came, in ms. */
  now: number;
  skewMs?: number | undefined;
}

type Verdict = Pick<Failure, 'code' | 'retryable' | 'mayBeTaken'>;

/** What an answer other than 2xx means. Pure. Source of the statuses: line-ads "Data General Partner", errors. */
export function failureOfAnswer(answer: RefusedAnswer): Failure {
  const { status, headers, skewMs } = answer;
  const reasons = parseReasons(answer.body);
  const verdict = judge(status, reasons);
  const retryAfterMs = verdict.retryable
    ? parseRetryAfter(headers.get('retry-after'), headers.get('date'), answer.now)
    : undefined;
  const named = reasons.length === 0 ? '' : ` ${listReasons(reasons)}`;
  const advice = adviseOn(reasons) || adviseOnStatus(status);
  const skew = status === 401 ? describeSkew(skewMs) : undefined;
  return {
    ...verdict,
    status,
    reasons,
    retryAfterMs,
    skewMs,
    message: [`LINE answered ${status}${named}.`, skew ?? advice].filter(Boolean).join(' '),
  };
}

function judge(status: number, reasons: readonly LineReason[]): Verdict {
  if (status >= 500) return { code: 'server_error', retryable: true, mayBeTaken: true };
  // A redirect is not followed: it would be signed for another path, and a POST would become a GET.
  if (status < 400) return { code: 'invalid_response', retryable: false, mayBeTaken: true };
  if (status === 401) return { code: 'unauthorized', retryable: false, mayBeTaken: false };
  if (status === 403) return { code: 'forbidden', retryable: false, mayBeTaken: false };
  if (status === 429) return { code: 'rate_limited', retryable: true, mayBeTaken: false };
  if (status === 400 && isBusy(reasons)) return { code: 'busy', retryable: true, mayBeTaken: false };
  return { code: 'bad_request', retryable: false, mayBeTaken: false };
}

/** For answers that name no reason, or none that we know. */
function adviseOnStatus(status: number): string {
  if (status >= 500) return 'The fault is on the side of LINE; try again later.';
  if (status < 400) return 'That is a redirect; check the base URL.';
  if (status === 401) return 'The access key, the secret key or the clock is wrong.';
  if (status === 403) return 'The access key may not use this operation or this ad account.';
  if (status === 404) return 'LINE reports no missing id this way; check the base URL.';
  if (status === 429) return 'More than 10 requests in a second, or more than 3 REPLACE uploads at once.';
  return '';
}
