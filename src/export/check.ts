/**
 * The pre-flight: tells in words whether an export could go, with reads alone (and one upload request that carries nothing, so
 * that LINE can only refuse it: the way in which it refuses shows the role).
 */
import { LineupError } from '../contracts/errors.ts';
import type { RunRequest } from '../contracts/run.ts';
import { type LineAdsClient, LineAdsError } from '../line-ads/index.ts';
import { checkAudience } from './audience.ts';
import { explainLineFailure } from './line-failure.ts';

export type CheckName = 'connection' | 'clock' | 'key' | 'ad_account' | 'role' | 'audience';

/** One thing that was looked at. `ok` is null when an earlier failure left it unknown. */
export interface CheckResult {
  readonly name: CheckName;
  readonly ok: boolean | null;
  readonly message: string;
}

export interface CheckRequest {
  readonly adAccountId: string;
  readonly audienceId?: string;
  readonly identifierType?: RunRequest['identifierType'];
}

/** LINE refuses from 15 minutes on; a clock that far off is worth mending before. */
const CLOCK_TOLERANCE_MS = 3 * 60_000;

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
  const reached = good('connection', 'LINE answers.');
  const keyWorks = good('key', 'LINE accepts the access key and the secret key.');
  if (!failure) return [reached, keyWorks, good('ad_account', `Ad account ${adAccountId} is authorised.`)];
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
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const side = skewMs < 0 ? 'behind' : 'ahead of';
  return Math.abs(skewMs) > CLOCK_TOLERANCE_MS
    ? bad(
        'clock',
        `This machine's clock is ${seconds} s ${side} LINE's; LINE refuses from 15 minutes on. Set it right (NTP).`,
      )
    : good(
        'clock',
        seconds <= 1
          ? 'The clock agrees with LINE’s.'
          : `The clock is ${seconds} s ${side} LINE’s, which is near enough.`,
      );
}

async function judgeRole(
  lineAds: LineAdsClient,
  adAccountId: string,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    return (await lineAds.customAudiences.mayUpload(adAccountId, { signal }))
      ? good('role', 'The role of the key may upload audiences.')
      : bad(
          'role',
          'The role of the key may not upload: LINE must give it the role Data Provider (General).',
        );
  } catch (error) {
    if (error instanceof LineAdsError) return { name: 'role', ok: null, message: explained(error) };
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
      `Custom audience ${audienceId} "${audience?.name}" is there: ${audience?.functionType}, ${audience?.status}.`,
    );
  } catch (error) {
    if (error instanceof LineupError) return bad('audience', error.message);
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

const explained = (error: LineAdsError): string => {
  const told = explainLineFailure(error);
  return told instanceof Error ? told.message : error.message;
};

const good = (name: CheckName, message: string): CheckResult => ({ name, ok: true, message });
const bad = (name: CheckName, message: string): CheckResult => ({ name, ok: false, message });
const unknown = (name: CheckName): CheckResult => ({
  name,
  ok: null,
  message: 'Not known, because of the failure above.',
});
