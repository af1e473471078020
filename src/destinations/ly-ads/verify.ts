/**
 * The pre-flight check: whether an export could run, with a sentence for each result. It only reads. The right to write
 * is that of the base account, and LY tells it.
 */
import { type BaseAccount, type LyAdsClient, LyAdsError } from '../../../packages/ly-ads/src/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence, sentenceOf } from '../../domain/text/sentence.ts';
import { askedAudience, check as checkOf, UNKNOWN } from '../checks.ts';
import type { Destination, DestinationCheck, Verifying } from '../destination.ts';
import { problemOfAccount, problemOfRight } from './accounts.ts';
import { explain, hasCode } from './failure.ts';
import { accountIdOf } from './lists.ts';

const names = ['connection', 'key', 'base_account', 'right', 'ad_account', 'customer_data', 'audience'] as const;
type CheckName = (typeof names)[number];

/** The form field that each check is about. */
const fields: Readonly<Partial<Record<CheckName, string>>> = {
  key: 'configuration.client_secret',
  base_account: 'configuration.base_account_id',
  right: 'configuration.base_account_id',
  ad_account: 'adaccount_id',
  customer_data: 'adaccount_id',
};

interface Sides {
  readonly client: LyAdsClient;
  readonly destination: Destination;
  readonly base: string | null;
}

/** The first problem. What comes after it stays unknown. */
class CheckError extends Error {
  readonly check: CheckName;
  readonly text: Sentence;
  /** Whether the check failed, or could not be made. */
  readonly isCertain: boolean;

  constructor(check: CheckName, text: Sentence, isCertain = true) {
    super('A check has found a problem.');
    this.check = check;
    this.text = text;
    this.isCertain = isCertain;
  }
}

/** @returns all results in order */
export async function verify(sides: Sides, asked: Verifying, signal: AbortSignal): Promise<DestinationCheck[]> {
  const found = new Map<CheckName, DestinationCheck>();
  const good = (name: CheckName, text: Sentence) => found.set(name, check(name, true, text));
  try {
    await checkAll(sides, asked, signal, good);
  } catch (error) {
    if (!(error instanceof CheckError)) throw error;
    found.set(error.check, check(error.check, error.isCertain ? false : null, error.text));
  }
  return names
    .filter((name) => name !== 'audience' || asked.audienceId)
    .map((name) => found.get(name) ?? check(name, null, UNKNOWN));
}

const check = (name: CheckName, ok: boolean | null, text: Sentence): DestinationCheck =>
  checkOf(name, ok, text, fields[name]);

type Good = (name: CheckName, text: Sentence) => void;

async function checkAll(sides: Sides, asked: Verifying, signal: AbortSignal, good: Good): Promise<void> {
  const { client, base } = sides;
  const accountIds = base === null ? undefined : [base];
  const { items } = await reading(
    () => client.baseAccounts.page({ accountIds, numberResults: 1, signal }),
    (why, failure) => problemOfFirst(why, failure, good),
  );
  good('connection', sentence`LY Ads answers.`);
  good('key', sentence`LY Ads accepts the application and its consent.`);
  if (base === null)
    throw new CheckError('base_account', sentence`No base account is chosen yet. Choose it from the list.`);
  const baseAccount = items.find(({ accountId }) => accountId === base);
  if (!baseAccount) {
    throw new CheckError(
      'base_account',
      sentence`The Business ID that has consented has no direct access to account ${base}. Choose another base account.`,
    );
  }
  good('base_account', sentence`The Business ID that has consented has access to base account ${base}.`);
  const right = problemOfRight(baseAccount);
  if (right) throw new CheckError('right', right);
  good('right', sentence`The Business ID that has consented may change what is below base account ${base}.`);
  await checkAdAccount(client, baseAccount, asked.account, signal);
  good('ad_account', sentence`Ad account ${asked.account} is below the base account and takes uploads.`);
  await reading(
    () => client.audienceLists.page(asked.account, { numberResults: 1, signal }),
    (why, failure) =>
      new CheckError(failure && hasCode(failure, '210003') ? 'customer_data' : 'ad_account', sentenceOf(why)),
  );
  good('customer_data', sentence`Ad account ${asked.account} may use customer data.`);
  if (asked.audienceId) await checkList(sides.destination, asked, asked.audienceId, signal, good);
}

const isNoAnswer: readonly LyAdsError['code'][] = [
  'connection_failed',
  'timeout',
  'server_error',
  'invalid_response',
  'rate_limited',
];

/** The first call shows whether LY answers, and whether it accepts the token. */
function problemOfFirst(why: LineupError, failure: LyAdsError | undefined, good: Good): CheckError {
  const text = sentenceOf(why);
  // Without a token, nothing was sent. Only what a person must do is about the application.
  if (failure?.code === 'no_token')
    return new CheckError(why.code === 'line_unauthorized' ? 'key' : 'connection', text);
  if (failure && isNoAnswer.includes(failure.code)) return new CheckError('connection', text);
  good('connection', sentence`LY Ads answers.`);
  // A proxy refuses without one of LY's codes. Such an answer shows nothing about the application.
  return new CheckError('key', text, failure !== undefined && failure.errors.length > 0);
}

async function checkAdAccount(
  client: LyAdsClient,
  base: BaseAccount,
  account: string,
  signal: AbortSignal,
): Promise<void> {
  const { items } = await reading(
    async () => client.accounts.page({ accountIds: [accountIdOf(account)], signal }),
    (why) => new CheckError('ad_account', sentenceOf(why)),
  );
  const itself = base.accountId === account && base.isMccAccount === false ? base : undefined;
  const found = items.find(({ accountId }) => accountId === account) ?? itself;
  if (!found) {
    throw new CheckError(
      'ad_account',
      sentence`Base account ${base.accountId} has no ad account ${account}. Check the number.`,
    );
  }
  const problem = problemOfAccount(found);
  if (problem) throw new CheckError('ad_account', problem);
}

async function checkList(
  destination: Destination,
  asked: Verifying,
  audienceId: string,
  signal: AbortSignal,
  good: Good,
): Promise<void> {
  const audience = await reading(
    () => askedAudience(destination, asked, audienceId, signal),
    (why) => new CheckError('audience', sentenceOf(why)),
  );
  good('audience', sentence`Audience list ${audienceId} "${audience?.name ?? ''}" exists and takes uploads.`);
}

/** The result of a read. @throws {CheckError} what its failure means */
async function reading<T>(
  read: () => Promise<T>,
  problemOf: (why: LineupError, failure: LyAdsError | undefined) => CheckError,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const failure = error instanceof LyAdsError ? error : undefined;
    const why = failure ? explain(failure) : error;
    if (!(why instanceof LineupError) || why.code === 'interrupted') throw why;
    throw problemOf(why, failure);
  }
}
