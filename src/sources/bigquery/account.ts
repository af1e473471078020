/** What the credentials of an authorization reach: projects, limits, the addresses of Google, and the access tokens. */
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { NetworkAccess } from '../../contracts/network.ts';
import type { Clock } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { internalFact, sentence } from '../../domain/text/sentence.ts';
import { isLoopback, portOf } from '../../domain/values/hosts.ts';
import { systemClock } from '../../machine/system-clock.ts';
import { machineRefused } from '../authority.ts';
import {
  type AccessTokens,
  machineTokens,
  readServiceAccountKey,
  type ServiceAccountKey,
  serviceAccountTokens,
} from '../google/auth.ts';
import { TOKEN_URL, tokenPost } from '../google/token-request.ts';
import { type Credentials, credential, type ProviderOptions } from '../source.ts';
import { stopped } from './retries.ts';

export interface BigQueryOptions extends ProviderOptions {
  /** Used for tokens and for the waits between attempts. @default the system's */
  readonly clock?: Pick<Clock, 'now' | 'sleep'>;
  /** The jitter of these waits, and the names of jobs, from 0 up to 1. @default Math.random */
  readonly random?: () => number;
  /** How long BigQuery may send nothing, in ms. @default 60000 */
  readonly silenceMs?: number;
}

export interface Account {
  /** The project of tables that are named without one. */
  readonly project: string;
  /** The project that pays for queries and for reading. */
  readonly billingProject: string;
  /** Undefined: BigQuery takes that of the tables. */
  readonly location: string | undefined;
  readonly byteLimit: number;
  readonly restOrigin: string;
  /** Undefined: the real BigQuery. */
  readonly simulator: URL | undefined;
  /** The guard for connections to a simulator. Google’s own hosts need none: nobody chooses them. */
  readonly network: NetworkAccess | undefined;
  readonly tokens: AccessTokens;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly random: () => number;
  readonly silenceMs: number;
}

const REST_ORIGIN = 'https://bigquery.googleapis.com';
const SCOPE = 'https://www.googleapis.com/auth/bigquery';

const DEFAULT_LIMIT_GB = 100;

/** @throws {LineupError} `invalid_configuration`, also for credentials of the machine that are not allowed */
export function accountOf(credentials: Credentials, options: BigQueryOptions): Account {
  const text = credential(credentials, 'service_account_key');
  const key = text === undefined ? undefined : readServiceAccountKey(text);
  if (!key && !options.machineCredentials) throw machineRefused();
  const project = credential(credentials, 'project') || key?.project;
  if (!project) {
    throw new LineupError(
      'invalid_configuration',
      sentence`The key of the service account names no project. Enter the ID of the Google Cloud project.`,
    );
  }
  const simulator = key ? endpointOf(credential(credentials, 'endpoint')) : undefined;
  const { clock = systemClock, random = Math.random, silenceMs = 60_000 } = options;
  const reached = {
    project,
    billingProject: credential(credentials, 'billing_project') || project,
    location: credential(credentials, 'location') || undefined,
    byteLimit: Number(credential(credentials, 'byte_limit_gb') || DEFAULT_LIMIT_GB) * 1e9,
    restOrigin: simulator?.origin ?? REST_ORIGIN,
    simulator,
    network: simulator && options.networkAt?.(portOf(simulator)),
    clock,
    random,
    silenceMs,
  };
  const tokens = tokensOf(key, reached);
  return {
    ...reached,
    tokens: (signal) =>
      tokens(signal).catch((error: unknown) => {
        throw signal?.aborted ? stopped() : error;
      }),
  };
}

function tokensOf(
  key: ServiceAccountKey | undefined,
  { simulator, network, clock }: Pick<Account, 'simulator' | 'network' | 'clock'>,
): AccessTokens {
  if (!key) return machineTokens(SCOPE);
  return serviceAccountTokens({
    key,
    scope: SCOPE,
    tokenUrl: simulator ? `${simulator.origin}/token` : TOKEN_URL,
    post: tokenPost(network),
    clock,
  });
}

function endpointOf(text: string | undefined): URL | undefined {
  return text ? new URL(text) : undefined;
}

/**
 * A simulator gets the signed request, the token and the rows in clear. So it must be one that the administrator lists,
 * or on the command line one on this machine.
 * @throws {LineupError} `source_unreadable`
 */
export function assertTrusted({ simulator, network }: Pick<Account, 'simulator' | 'network'>): void {
  if (!simulator) return;
  const { hostname, host } = simulator;
  if (network ? network.isListed?.(hostname) : isLoopback(hostname)) return;
  throw new LineupError(
    'source_unreadable',
    network
      ? sentence`A simulator of BigQuery gets members without encryption. To use ${internalFact(host, sentence`this simulator`)}, an administrator must list it in the settings under “Hosts inside your network”.`
      : sentence`A simulator of BigQuery gets members without encryption, so it must be on this machine, like http://127.0.0.1:4030.`,
  );
}

/**
 * The address for the client of the Storage Read API, which makes its own connections. So the name of a simulator is
 * resolved and checked here, and the client gets the address instead of the name: it cannot lead elsewhere later.
 * @throws {LineupError} when the guard refuses it
 */
export async function pinnedAddress(simulator: URL, network: NetworkAccess | undefined): Promise<string> {
  const host = simulator.hostname.replace(/^\[|\]$/g, '');
  network?.assertAllowed(host);
  if (isIP(host) !== 0 || !network) return simulator.hostname;
  const address = await new Promise<string>((resolve, reject) => {
    network.lookup(host, { all: false }, (error, found: string | LookupAddress[]) => {
      if (error) return reject(error);
      resolve(typeof found === 'string' ? found : (found[0]?.address ?? ''));
    });
  });
  return isIP(address) === 6 ? `[${address}]` : address;
}
