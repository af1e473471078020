/** Amazon S3, and every storage that speaks its protocol, as a provider of audiences. */
import { LineupError } from '../../domain/errors/errors.ts';
import { internalFact, sentence } from '../../domain/text/sentence.ts';
import { portOf } from '../../domain/values/hosts.ts';
import { objectStorage } from '../object-storage/provider.ts';
import { type AccessKey, signedHeaders } from '../object-storage/signature.ts';
import { type Dialect, type ObjectStore, type StorageClock, waysOf } from '../object-storage/store.ts';
import { type Credentials, credential, type NetworkAt, type ProviderOptions, type SourceProvider } from '../source.ts';
import { bucketUrl, isAmazons } from './address.ts';
import { machineKey } from './machine-key.ts';

export interface S3ProviderOptions extends ProviderOptions {
  /** Used for signatures, and for the waits between attempts. @default the system's */
  readonly clock?: StorageClock;
  /** How long the server may send nothing, in ms. */
  readonly silenceMs?: number;
}

const dialect: Dialect = {
  scheme: 's3',
  label: 'S3',
  headers: {},
  version: { header: 'etag', element: 'ETag' },
  only: (tag) => ({ headers: { 'if-match': `"${tag}"` } }),
  rights: { read: 's3:GetObject', list: 's3:ListBucket' },
};

/** Storages without regions accept this one. */
const DEFAULT_REGION = 'us-east-1';

/**
 * Credentials: `access_key_id`, `secret_access_key` and maybe `session_token`, or none of them for those of the
 * machine; `region`, `endpoint`, `bucket_in_host`; `bucket` and `prefix` for the list of audiences.
 */
export function s3Provider({
  networkAt,
  machineCredentials = false,
  clock,
  silenceMs,
}: S3ProviderOptions = {}): SourceProvider {
  const ways = { networkAt, clock, silenceMs };
  return objectStorage('s3', (credentials) => {
    const value = (key: string) => credential(credentials, key) || undefined;
    const region = value('region') ?? DEFAULT_REGION;
    const endpoint = value('endpoint');
    const asked = value('bucket_in_host');
    const inHost = asked === undefined ? undefined : asked === 'yes';
    const own = ownKey(credentials);
    const keyOf = own ?? machineKey(machineCredentials);
    const base = (bucket: string | undefined) => bucketUrl({ endpoint, region, inHost }, bucket);
    const store: ObjectStore = {
      ...waysOf(ways),
      dialect,
      region,
      base,
      authorize: async (url) => {
        if (!own && machineCredentials && networkAt) assertTrusted(base(undefined), networkAt);
        return signedHeaders(await keyOf(), region, url, store.clock.now());
      },
    };
    return store;
  });
}

/**
 * In the service, an editor enters the endpoint. It must not be a server that collects the session tokens of the
 * machine.
 * @throws {LineupError} `source_unreadable`
 */
function assertTrusted(endpoint: URL, networkAt: NetworkAt): void {
  const { hostname, host } = endpoint;
  if (isAmazons(hostname) || networkAt(portOf(endpoint)).isListed?.(hostname)) return;
  throw new LineupError(
    'source_unreadable',
    sentence`The credentials of the machine may go only to Amazon S3. To use them with ${internalFact(host, sentence`this endpoint`)}, an administrator must list it in the settings under “Hosts inside your network”.`,
  );
}

function ownKey(credentials: Credentials): (() => Promise<AccessKey>) | undefined {
  const accessKeyId = credential(credentials, 'access_key_id');
  const secretAccessKey = credential(credentials, 'secret_access_key');
  if (!accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = credential(credentials, 'session_token') || undefined;
  return async () => ({ accessKeyId, secretAccessKey, sessionToken });
}
