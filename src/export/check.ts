/**
 * The pre-flight: tells in words whether an export could go, with reads alone (and one upload request that carries nothing, so
 * that LINE can only refuse it: the way in which it refuses shows the role).
 */
import { LineupError } from '../contracts/errors.ts';
import type { RunRequest } from '../contracts/run.ts';
import { asSentence, type Sentence, sentence, sentenceOf, type Told, told } from '../contracts/sentence.ts';
import { type LineAdsClient, LineAdsError } from '../line-ads/index.ts';
import { checkAudience } from './audience.ts';
import { clockSentence, isFarOff } from './clock.ts';
import { explainLineFailure } from './line-failure.ts';

export type CheckName = 'connection' | 'clock' | 'key' | 'ad_account' | 'role' | 'audience';

/** One thing that was looked at. `ok` is null when an earlier failure left it unknown. */
export interface CheckResult extends Told {
  readonly name: CheckName;
  readonly ok: boolean | null;
}

export interface CheckRequest {
  readonly adAccountId: string;
  readonly audienceId?: string;
  readonly identifierType?: RunRequest['identifierType'];
}

/**
 * @param skewMs this machine's clock minus LINE's, as the last answer told
 * @returns every check in order
 */
export async function check(
  lineAds: LineAdsClient,
  request: CheckRequest,
  skewMs: () => number | undefined,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  const failure = await failureOf(
    lineAds.customAudiences.page(request.adAccountId, { page: 1, size: 1, signal }),
  );
  const results = judgeRead(failure, request.adAccountId);
  results.splice(1, 0, judgeClock(skewMs()));
  results.push(failure ? unknown('role') : await judgeRole(lineAds, request.adAccountId, signal));
  if (request.audienceId) {
    results.push(
      failure ? unknown('audience') : await judgeAudience(lineAds, request, request.audienceId, signal),
    );
  }
  return results;
}

/** What one read of the ad account's audiences tells of the connection, the key and the account. */
function judgeRead(failure: LineAdsError | undefined, adAccountId: string): CheckResult[] {
  const reached = good('connection', sentence`LINE answers.`);
  const keyWorks = good('key', sentence`LINE accepts the access key and the secret key.`);
  if (!failure)
    return [reached, keyWorks, good('ad_account', sentence`Ad account ${adAccountId} is authorised.`)];
  const message = explained(failure);
  switch (failure.code) {
    case 'unauthorized':
      return [reached, bad('key', message), unknown('ad_account')];
    case 'forbidden':
    case 'bad_request':
      return [reached, keyWorks, bad('ad_account', message)];
    default:
      return [bad('connection', message), unknown('key'), unknown('ad_account')];
  }
}

function judgeClock(skewMs: number | undefined): CheckResult {
  if (skewMs === undefined) return unknown('clock');
  return (isFarOff(skewMs) ? bad : good)('clock', clockSentence(skewMs));
}

async function judgeRole(
  lineAds: LineAdsClient,
  adAccountId: string,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    return (await lineAds.customAudiences.mayUpload(adAccountId, { signal }))
      ? good('role', sentence`The role of the key may upload audiences.`)
      : bad(
          'role',
          sentence`The role of the key may not upload: LINE must give it the role Data Provider (General).`,
        );
  } catch (error) {
    if (error instanceof LineAdsError) return { name: 'role', ok: null, ...told(explained(error)) };
    throw error;
  }
}

async function judgeAudience(
  lineAds: LineAdsClient,
  request: CheckRequest,
  audienceId: string,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    const wanted = {
      adAccountId: request.adAccountId,
      audienceName: null,
      identifierType: request.identifierType ?? null,
    };
    const audience = await checkAudience(lineAds, wanted, audienceId, signal);
    return good(
      'audience',
      sentence`Custom audience ${audienceId} "${audience?.name ?? ''}" is there: ${audience?.functionType ?? ''}, ${audience?.status ?? ''}.`,
    );
  } catch (error) {
    if (error instanceof LineupError) return bad('audience', sentenceOf(error));
    if (error instanceof LineAdsError) return bad('audience', explained(error));
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

const explained = (error: LineAdsError): Sentence => {
  const explanation = explainLineFailure(error);
  return explanation instanceof LineupError ? sentenceOf(explanation) : asSentence(error.message);
};

const good = (name: CheckName, what: Sentence): CheckResult => ({ name, ok: true, ...told(what) });
const bad = (name: CheckName, what: Sentence): CheckResult => ({ name, ok: false, ...told(what) });
const unknown = (name: CheckName): CheckResult => ({
  name,
  ok: null,
  ...told(sentence`Not known, because of the failure above.`),
});
