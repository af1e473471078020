/** The access key of the machine: of its environment, its profile, or its role (web identity, container, instance). */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { newAgent } from '../../network/proxy.ts';
import { machineRefused } from '../authority.ts';
import { UnavailableError } from '../files/http/request.ts';
import { isNetworkCode, isPassingStatus } from '../http.ts';
import type { AccessKey } from '../object-storage/signature.ts';
import { optionalPart } from '../optional-part.ts';

type Chain = () => Promise<AccessKey>;

/** Loaded only when it is used: it is large. */
const amazonsChain = async (): Promise<Chain> => {
  const name = '@aws-sdk/credential-provider-node';
  const { defaultProvider } = await optionalPart('AWS', () => import('@aws-sdk/credential-provider-node'), name);
  // Its own agents use no proxy.
  const requestHandler = { httpAgent: newAgent('http:'), httpsAgent: newAgent('https:') };
  return defaultProvider({ clientConfig: { requestHandler } });
};

/**
 * Asked for each request. The library keeps a key until it expires. A service that gave a key before, and now does not,
 * may give one again: then a run that has read for hours tries again.
 * @param allowed whether the operator allows it
 */
export function machineKey(allowed: boolean, load: () => Promise<Chain> = amazonsChain): Chain {
  let chain: Chain | undefined;
  let hadKey = false;
  return async () => {
    if (!allowed) throw machineRefused();
    chain ??= await load();
    try {
      const key = await chain();
      hadKey = true;
      return key;
    } catch (error) {
      // No cause: the library quotes files and answers.
      throw hadKey || isPassing(error) ? noneNow() : none();
    }
  };
}

const PASSING_NAMES = /Throttl|TooManyRequests|Timeout|Unavailable|IDPCommunicationError/;

/** Whether a service of credentials did not answer, or is too busy. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, $metadata } = error as Error & {
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? 0;
  return isPassingStatus(status) || isNetworkCode(code) || PASSING_NAMES.test(error.name);
}

const noneNow = (): LineupError =>
  new UnavailableError(
    sentence`The service that gives this machine its credentials for S3 does not answer now. Try again later.`,
    'no credentials',
  );

const none = (): LineupError =>
  new LineupError(
    'source_unauthorized',
    sentence`Lineup finds no credentials for S3 on this machine. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, set up a profile, or give the machine access in IAM.`,
  );
