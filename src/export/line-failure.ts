/**
 * LINE's refusals in words: what happened, LINE's own reason, what to do.
 */
import { type ErrorCode, LineupError } from '../contracts/errors.ts';
import { LineAdsError } from '../line-ads/index.ts';

/** What to do about a `reason` of LINE's; reasons that are not here are shown as LINE gave them. */
const advice: Readonly<Record<string, string>> = {
  AUTHORIZATION_FAILED: 'Check LINE_ADS_ACCESS_KEY and LINE_ADS_SECRET_KEY.',
  PARTNER_PERMISSION_DENIED:
    'The role of this key lacks the operation: uploading needs a key of the role Data Provider (General).',
  ACCOUNT_NOT_ALLOWED:
    'The key is not authorised for this ad account: link it in LINE Ads Manager, or choose another (lineup accounts).',
  INVALID_ACCOUNT_ID: 'There is no such ad account: check --ad-account (lineup accounts lists them).',
  REQUEST_INPUT_ADACCOUNT_ID_INVALID:
    'There is no such ad account: check --ad-account (lineup accounts lists them).',
  INVALID_GROUP_ID: 'There is no such group: check --group.',
  AUDIENCE_GROUP_NOT_FOUND:
    'There is no such audience in this ad account: lineup audiences list shows those there are.',
  AUDIENCE_GROUP_NAME_EMPTY: 'Give the audience a name.',
  AUDIENCE_GROUP_NAME_SIZE_OVER: 'The name may have at most 120 characters.',
  AUDIENCE_GROUP_NAME_WRONG: 'LINE does not accept this name: use letters, digits and spaces.',
  AUDIENCE_GROUP_NAME_DUPLICATE:
    'An audience of this name exists: choose another name, or fill that one with --audience-id.',
  AUDIENCE_GROUP_COUNT_MAX_OVER:
    'The ad account has as many audiences as LINE allows: delete some (lineup audiences delete).',
  CANNOT_REMOVE_AUDIENCE_STILL_IN_USE: 'The audience is in use by a campaign: take it out there first.',
  AUDIENCE_GROUPS_CAN_NOT_DELETE_REFFERED_LOOKALIKE_AUDIENCE_GROUP_STILL_EXISTS:
    'A lookalike audience is made from this one: delete the lookalike first.',
  LOOKALIKE_AUDIENCE_GROUP_COUNT_MAX_OVER:
    'The ad account has as many lookalikes as LINE allows: delete some.',
  LOOKALIKE_DUPLICATE_AUDIENCE_GROUP: 'There is such a lookalike of this audience already.',
  LOOKALIKE_SOURCE_AUDIENCE_GROUP_INSUFFICIENT:
    'The source audience has too few matched members for a lookalike.',
  UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT:
    'LINE refuses the form of the identifiers: check --identifier-type; for mobile advertising ids try --ifa-format raw.',
  UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS: 'The chunk has too many records: lower --chunk-records.',
  EMPTY_FILE: 'The chunk was empty.',
  FILE_SIZE_LIMIT_EXCEEDED: 'The chunk is too large for LINE: lower --chunk-bytes.',
  INVALID_FILE_CONTENT: 'LINE refuses the content of the file: check --identifier-type.',
  DECODING_FAILED: 'LINE could not read the file as UTF-8.',
  AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT:
    'LINE could match too few members: send a larger audience, and check --identifier-type.',
};

/** What to do about LINE's word `reason`, or undefined where nothing better is known than the word itself. */
export const adviceFor = (reason: string | null | undefined): string | undefined =>
  reason ? advice[reason] : undefined;

/** LINE's failures as the person sees them; anything else comes back as it is. */
export function explainLineFailure(error: unknown): unknown {
  if (!(error instanceof LineAdsError)) return error;
  const reason = error.reasons[0]?.reason;
  const code = codeOf(error);
  const what = adviceFor(reason) ?? defaultAdvice[code] ?? '';
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

const defaultAdvice: Partial<Record<ErrorCode, string>> = {
  line_unauthorized: 'Check LINE_ADS_ACCESS_KEY and LINE_ADS_SECRET_KEY, and the clock of this machine.',
  line_forbidden: 'Check the role of the key and the ad account (lineup check).',
  line_unreachable: 'Check the network, and LINE_ADS_BASE_URL if it is set.',
  line_rate_limited: 'Try again in a minute.',
  line_busy: 'LINE is working on this audience: try again in some minutes.',
  line_unavailable: 'LINE has a fault: try again in some minutes.',
};
