/**
 * LINE's refusals in words: what happened, LINE's own reason, what to do.
 */
import { type ErrorCode, LineupError } from '../contracts/errors.ts';
import { LineAdsError } from '../line-ads/index.ts';

/**
 * The next step in our own terms (flags, commands), by LINE's word for it. What the word itself means the client says
 * in its message already.
 */
const nextStep: Readonly<Record<string, string>> = {
  AUTHORIZATION_FAILED:
    'The keys come from LINE_ADS_ACCESS_KEY and LINE_ADS_SECRET_KEY; "lineup check" tells more.',
  INVALID_ACCOUNT_ID: '"lineup accounts" lists the ad accounts there are.',
  REQUEST_INPUT_ADACCOUNT_ID_INVALID: '"lineup accounts" lists the ad accounts there are.',
  ACCOUNT_NOT_ALLOWED: '"lineup accounts" lists the ad accounts that are linked.',
  AUDIENCE_GROUP_NOT_FOUND: '"lineup audiences list" shows those there are.',
  AUDIENCE_GROUP_COUNT_MAX_OVER:
    'Make room with "lineup audiences delete", or fill an existing one with --audience-id.',
  UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT:
    'Check --identifier-type; for mobile advertising ids try --ifa-format raw.',
  UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS: 'Lower --chunk-records.',
  FILE_SIZE_LIMIT_EXCEEDED: 'Lower --chunk-bytes.',
  AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT:
    'LINE could match too few members: send a larger audience, and check --identifier-type.',
};

/** What to do about LINE's word, or undefined where nothing better is known than the word itself. */
export const nextStepFor = (reason: string | null | undefined): string | undefined =>
  reason ? nextStep[reason] : undefined;

/** LINE's failures as the person sees them; anything else comes back as it is. */
export function explainLineFailure(error: unknown): unknown {
  if (!(error instanceof LineAdsError)) return error;
  const reason = error.reasons[0]?.reason;
  const code = codeOf(error);
  const what = nextStepFor(reason) ?? defaultStep[code] ?? '';
  return new LineupError(code, [error.message, what].filter(Boolean).join(' '), {
    reason,
    retryable: error.retryable,
    cause: error,
  });
}

function codeOf(error: LineAdsError): ErrorCode {
  switch (error.code) {
    case 'unauthorized':
      return 'line_unauthorized';
    case 'forbidden':
      return 'line_forbidden';
    case 'rate_limited':
      return 'line_rate_limited';
    case 'busy':
      return 'line_busy';
    case 'server_error':
    case 'invalid_response':
      return 'line_unavailable';
    case 'connection_failed':
    case 'timeout':
      return 'line_unreachable';
    case 'file_unreadable':
      return 'staged_file_changed';
    case 'aborted':
      return 'interrupted';
    default:
      return 'line_rejected';
  }
}

const defaultStep: Partial<Record<ErrorCode, string>> = {
  line_unauthorized:
    'The keys come from LINE_ADS_ACCESS_KEY and LINE_ADS_SECRET_KEY; "lineup check" tells more.',
  line_forbidden: '"lineup check" tells what the key may do.',
  line_unreachable: 'Check the network, and LINE_ADS_BASE_URL if it is set.',
  line_rate_limited: 'Try again in a minute.',
  line_busy: 'LINE is working on this audience: try again in some minutes.',
  line_unavailable: 'LINE has a fault: try again in some minutes.',
};
