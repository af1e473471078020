/**
 * The pre-flight check: whether an export could run, with a sentence for each result. It only reads, except
 * for one upload request without content. LINE must refuse that one, and the kind of refusal shows the role.
 */
import { type LineAdsClient, LineAdsError } from '../../../packages/line-ads/src/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence, sentenceOf } from '../../domain/text/sentence.ts';
import { askedAudience, check, UNKNOWN } from '../checks.ts';
import type { Destination, DestinationCheck, Verifying } from '../destination.ts';
import { clockSentence, isFarOff } from '../line-sentences.ts';
import { explain } from './failure.ts';

type CheckName = 'connection' | 'clock' | 'key' | 'ad_account' | 'role' | 'audience';

/** The form field that each check is about. */
const fields: Readonly<Partial<Record<CheckName, string>>> = {
  key: 'configuration.secret_key',
  ad_account: 'adaccount_id',
  role: 'configuration.access_key',
};

/**
 * @param skewMs this machine's clock minus LINE's, from the last answer
 * @returns all results in order
 */
export async function verify(
  { client, destination, skewMs }: Sides,
  asked: Verifying,
  signal: AbortSignal,
): Promise<DestinationCheck[]> {
  const failure = await failureOf(client.customAudiences.page(asked.account, { page: 1, size: 1, signal }));
  const skew = skewMs();
  const { connection, key, adAccount, role } = judgeRead(failure, asked.account, skew);
  const results = [connection, judgeClock(skew), key, adAccount];
  results.push(role ?? (await judgeRole(client, asked.account, signal)));
  if (asked.audienceId) {
    results.push(failure ? unknown('audience') : await judgeAudience(destination, asked, asked.audienceId, signal));
  }
  return results;
}

interface Sides {
  readonly client: LineAdsClient;
  readonly destination: Destination;
  readonly skewMs: () => number | undefined;
}

interface Judged {
  readonly connection: DestinationCheck;
  readonly key: DestinationCheck;
  readonly adAccount: DestinationCheck;
  /** Undefined when the role can still be checked. */
  readonly role?: DestinationCheck;
}

/**
 * Judges the connection, the key and the account by one read of the account's audiences. LINE refuses a wrong
 * key, secret or clock with 401. It looks at the account and the role only after it has accepted the key.
 */
function judgeRead(failure: LineAdsError | undefined, adAccountId: string, skewMs: number | undefined): Judged {
  const connection = good('connection', sentence`LINE answers.`);
  const key = good('key', sentence`LINE accepts the access key and the secret key.`);
  const role = unknown('role');
  if (!failure) {
    return {
      connection,
      key,
      adAccount: good('ad_account', sentence`The key can use ad account ${adAccountId}.`),
    };
  }
  const message = sentenceOf(explain(failure));
  const adAccount = unknown('ad_account');
  switch (failure.code) {
    case 'unauthorized':
      // When the clock is far off, LINE refuses every key, also a correct one.
      return skewMs !== undefined && isFarOff(skewMs)
        ? { connection, key: unknown('key'), adAccount, role }
        : { connection, key: bad('key', message), adAccount, role };
    case 'forbidden':
    case 'bad_request':
      // A proxy refuses without one of LINE's reasons. Such an answer shows nothing about the key.
      if (!isAfterTheKey(failure)) return { connection, key: unsure('key', message), adAccount, role };
      return failure.reasons.some(({ reason }) => reason === 'PARTNER_PERMISSION_DENIED')
        ? { connection, key, adAccount, role: bad('role', message) }
        : { connection, key, adAccount: bad('ad_account', message), role };
    default:
      return { connection: bad('connection', message), key: unknown('key'), adAccount, role };
  }
}

/** Whether LINE gave another reason. It does so only after it has accepted the key. */
const isAfterTheKey = ({ reasons }: LineAdsError): boolean =>
  reasons.length > 0 && reasons.every(({ reason }) => reason !== 'AUTHORIZATION_FAILED');

function judgeClock(skewMs: number | undefined): DestinationCheck {
  if (skewMs === undefined) return unknown('clock');
  return (isFarOff(skewMs) ? bad : good)('clock', clockSentence(skewMs));
}

async function judgeRole(client: LineAdsClient, adAccountId: string, signal: AbortSignal): Promise<DestinationCheck> {
  try {
    return (await client.customAudiences.mayUpload(adAccountId, { signal }))
      ? good('role', sentence`The role of the key allows uploads of audiences.`)
      : bad(
          'role',
          sentence`The role of the key does not allow uploads. Ask LINE for the role Data Provider (General).`,
        );
  } catch (error) {
    if (error instanceof LineAdsError) return unsure('role', sentenceOf(explain(error)));
    throw error;
  }
}

async function judgeAudience(
  destination: Destination,
  asked: Verifying,
  audienceId: string,
  signal: AbortSignal,
): Promise<DestinationCheck> {
  try {
    const audience = await askedAudience(destination, asked, audienceId, signal);
    return good(
      'audience',
      sentence`Custom audience ${audienceId} "${audience?.name ?? ''}" exists: ${audience?.type ?? ''}, ${audience?.status ?? ''}.`,
    );
  } catch (error) {
    if (error instanceof LineupError && error.code !== 'interrupted') return bad('audience', sentenceOf(error));
    throw error;
  }
}

async function failureOf(work: Promise<unknown>): Promise<LineAdsError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof LineAdsError && error.code !== 'aborted') return error;
    throw error;
  }
}

const good = (name: CheckName, text: Sentence) => check(name, true, text, fields[name]);
const bad = (name: CheckName, text: Sentence) => check(name, false, text, fields[name]);
const unsure = (name: CheckName, text: Sentence) => check(name, null, text, fields[name]);
const unknown = (name: CheckName) => unsure(name, UNKNOWN);
