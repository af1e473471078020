/**
 * Advice for failures and warnings on the command line: flags, commands and variables. It is apart from the errors,
 * because the web app shows the same errors and needs other advice.
 */
import { calledAs } from '../config/environment.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { RunDocument, RunWarning } from '../domain/runs/run.ts';

/** The ad account that a failure is about, if it is about one. */
type AdAccount = string | null | undefined;

/** Each command in it can be called as it is. */
type Advice = string | ((adAccountId: AdAccount) => string);

const check = (adAccountId: AdAccount): string =>
  `"${calledAs()} check ${adAccountId ? `--ad-account ${adAccountId}` : '--help'}"`;
const LIST = (adAccountId: AdAccount): string =>
  `Run "${calledAs()} audiences list ${adAccountId ? `--ad-account ${adAccountId}` : '--help'}" to list the audiences.`;
const KEYS: Advice = (adAccountId) =>
  `Lineup reads the keys from LINE_ADS_ACCESS_KEY and LINE_ADS_SECRET_KEY. Run ${check(adAccountId)} for details.`;
const ACCOUNTS: Advice = (adAccountId) =>
  `Run ${check(adAccountId)} for details, and "${calledAs()} accounts --help" to see how to list the ad accounts.`;
const SHRINK = 'If the new size is correct, allow this run with --max-shrink.';
const LIST_SHRINK = 'If the new size is correct, allow this run with --suppress-max-shrink.';
const FORMAT = 'Give --format: one of csv, tsv, xlsx, ndjson, parquet, lines.';

/** By the reason that LINE gives. */
const byReason: Readonly<Record<string, Advice>> = {
  AUTHORIZATION_FAILED: KEYS,
  INVALID_ACCOUNT_ID: ACCOUNTS,
  REQUEST_INPUT_ADACCOUNT_ID_INVALID: ACCOUNTS,
  ACCOUNT_NOT_ALLOWED: ACCOUNTS,
  AUDIENCE_GROUP_NOT_FOUND: LIST,
  AUDIENCE_GROUP_NAME_DUPLICATE: 'Fill it with --audience-id, or choose another --audience-name.',
  AUDIENCE_GROUP_COUNT_MAX_OVER: (adAccountId) =>
    `Delete one that nobody needs, or fill an existing one with --audience-id. ${LIST(adAccountId)}`,
  UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT:
    'Check --identifier-type; for mobile advertising ids try --ifa-format raw.',
  UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS: 'Lower --chunk-records.',
  FILE_SIZE_LIMIT_EXCEEDED: 'Lower --chunk-bytes.',
  AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT: 'Check --identifier-type.',
};

/** By the code of the error. */
const byCode: Readonly<Record<string, Advice>> = {
  audience_shrinks: SHRINK,
  audience_size_unknown: 'If the source is correct, allow this run with --max-shrink 1.',
  run_not_found: () => `Run "${calledAs()} runs list" to list the runs.`,
  audience_not_found: LIST,
  audience_type_mismatch: 'Check --audience-id and --identifier-type, or create one with --audience-name.',
  line_unauthorized: KEYS,
  line_forbidden: (adAccountId) => `Run ${check(adAccountId)} to see what the key may do.`,
  line_unreachable: 'Check the network, and LINE_ADS_BASE_URL if it is set.',
  suppression_list_shrinks: LIST_SHRINK,
  source_format: FORMAT,
  source_encoding: 'Give --encoding: shift_jis if Excel in Japan saved it, utf-16le, big5, windows-874, …',
};

const ofWarnings: Partial<Record<RunWarning['code'], string>> = {
  phone_without_country: 'Give --default-country (JP, TW, TH, …), or write the numbers with + and the country code.',
  phone_looks_national: 'If they are national numbers, give --default-country (JP, TW, TH, …).',
  spreadsheet_damaged:
    'In the spreadsheet, format the column as text, enter the lost numbers again, and save the file.',
  hashed_ifa: 'If LINE refuses them or nobody matches, use --ifa-format raw.',
  not_hashed_in_database: 'Without --hash-in-database, Lineup hashes those that are valid.',
  shrink: SHRINK,
};

interface Failed {
  readonly code: string;
  readonly message: string;
  readonly reason: string | null;
}

const followedBy = (message: string, advice: string | undefined): string => (advice ? `${message} ${advice}` : message);

function withAdvice({ code, message, reason }: Failed, adAccountId: AdAccount): string {
  const advice = byReason[reason ?? ''] ?? byCode[code];
  return followedBy(message, typeof advice === 'function' ? advice(adAccountId) : advice);
}

/** Runs work on this machine, and adds advice to its failure. */
export async function withAdviceOnFailure<T>(work: () => Promise<T>, adAccountId?: AdAccount): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw advise(error, adAccountId);
  }
}

function advise(error: unknown, adAccountId: AdAccount): unknown {
  if (!(error instanceof LineupError)) return error;
  const { code, reason, retryable, fields, cause } = error;
  return new LineupError(code, withAdvice(error, adAccountId), {
    reason: reason ?? undefined,
    retryable,
    fields,
    cause,
  });
}

/** Warnings of work on this machine, with advice. */
export const advisedWarnings = (warnings: readonly RunWarning[]): RunWarning[] =>
  warnings.map((warning) => ({ ...warning, message: followedBy(warning.message, ofWarnings[warning.code]) }));

/** A run on this machine, with advice on its failure and its warnings. */
export const advisedRun = (run: RunDocument): RunDocument => ({
  ...run,
  warnings: advisedWarnings(run.warnings),
  error: run.error && {
    ...run.error,
    message: withAdvice(run.error, run.adAccountId),
  },
});
