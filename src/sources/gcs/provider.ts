/** Google Cloud Storage as a provider of audiences, by its XML API, which speaks like S3. */
import { machineRefused } from '../authority.ts';
import { type AccessTokens, machineTokens, readServiceAccountKey, serviceAccountTokens } from '../google/auth.ts';
import { type PostToken, TOKEN_URL, tokenPost } from '../google/token-request.ts';
import { objectStorage } from '../object-storage/provider.ts';
import { signedHeaders } from '../object-storage/signature.ts';
import { type Dialect, type ObjectStore, type StorageClock, waysOf } from '../object-storage/store.ts';
import { type Credentials, credential, type ProviderOptions, type SourceProvider } from '../source.ts';

export interface GcsProviderOptions extends ProviderOptions {
  /** Used for signatures, and for the waits between attempts. @default the system's */
  readonly clock?: StorageClock;
  /** No authorization can name another server, because it would get a token. @default Google's */
  readonly origin?: string;
  /** Sends a request for a token. */
  readonly postToken?: PostToken;
}

const dialect: Dialect = {
  scheme: 'gs',
  label: 'Google Cloud Storage',
  // Without it, Google unpacks objects that are stored as gzip, and then sends no parts of them.
  headers: { 'accept-encoding': 'gzip' },
  version: { header: 'x-goog-generation', element: 'Generation' },
  only: (generation) => ({ query: { generation } }),
  rights: { read: 'storage.objects.get', list: 'storage.objects.list' },
};

const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_only';

/** Google's name for "any" in a signature. */
const REGION = 'auto';

/**
 * Credentials: `service_account_key`; or `access_key_id` and `secret_access_key` of an HMAC key; or none of them for
 * those of the machine. `bucket` and `prefix` for the list of audiences.
 */
export function gcsProvider({
  networkAt,
  machineCredentials = false,
  clock,
  origin = 'https://storage.googleapis.com',
  postToken = tokenPost(),
}: GcsProviderOptions = {}): SourceProvider {
  return objectStorage('gs', (credentials) => {
    const ways = waysOf({ networkAt, clock });
    const authorize = authorizing(credentials, { machineCredentials, clock: ways.clock, postToken });
    const store: ObjectStore = {
      ...ways,
      dialect,
      region: REGION,
      base: (bucket) => new URL(bucket ?? '', `${origin}/`),
      authorize,
    };
    return store;
  });
}

interface Deps {
  readonly machineCredentials: boolean;
  readonly clock: Pick<StorageClock, 'now'>;
  readonly postToken: PostToken;
}

function authorizing(
  credentials: Credentials,
  { machineCredentials, clock, postToken }: Deps,
): ObjectStore['authorize'] {
  const accessKeyId = credential(credentials, 'access_key_id');
  const secretAccessKey = credential(credentials, 'secret_access_key');
  if (accessKeyId && secretAccessKey) {
    return (url) => signedHeaders({ accessKeyId, secretAccessKey }, REGION, url, clock.now());
  }
  const json = credential(credentials, 'service_account_key');
  if (!json && !machineCredentials) {
    return async () => {
      throw machineRefused();
    };
  }
  if (!json) return bearer(machineTokens(SCOPE), undefined);
  const key = readServiceAccountKey(json);
  return bearer(serviceAccountTokens({ key, scope: SCOPE, tokenUrl: TOKEN_URL, post: postToken, clock }), key.project);
}

const bearer =
  (tokens: AccessTokens, project: string | undefined): ObjectStore['authorize'] =>
  async () => ({
    authorization: `Bearer ${await tokens(undefined)}`,
    ...(project !== undefined && { 'x-goog-project-id': project }),
  });
