/** Access tokens of Google: for the key of a service account, or for the credentials of this machine. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

export interface GoogleTokens {
  /** The project of the credentials, if they name one. */
  readonly projectId: string | undefined;
  /** A token that is valid for the next minutes. @throws {LineupError} `source_unauthorized`, `source_failed` */
  token(): Promise<string>;
}

export interface ServiceAccountKey {
  readonly client_email: string;
  readonly private_key: string;
  readonly project_id?: string;
}

export interface GoogleAuthOptions {
  readonly scopes: readonly string[];
  /** Sends the request for a token. @default the global one */
  readonly fetch?: typeof fetch;
}

/** How long Google may take for a token, in ms. */
const TIMEOUT_MS = 30_000;

/**
 * Only the e-mail address and the private key of the text are used: Google's own address issues the tokens, whatever the
 * text says.
 * @param json the key file of a service account
 * @throws {LineupError} `invalid_configuration`
 */
export function serviceAccountTokens(json: string, { scopes, fetch }: GoogleAuthOptions): GoogleTokens {
  const key = readServiceAccountKey(json);
  const client = once(async () => {
    // Loaded only when it is used.
    const { JWT } = await import('google-auth-library');
    return new JWT({
      email: key.client_email,
      key: key.private_key,
      scopes: [...scopes],
      transporterOptions: { timeout: TIMEOUT_MS, ...(fetch && { fetchImplementation: fetch }) },
    });
  });
  return { projectId: key.project_id, token: async () => tokenOf(await client(), 'key') };
}

/** Application default credentials: `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's login, or the role of the machine. */
export function machineTokens({ scopes }: Pick<GoogleAuthOptions, 'scopes'>): GoogleTokens {
  const client = once(async () => {
    const { GoogleAuth } = await import('google-auth-library');
    try {
      return await new GoogleAuth({ scopes: [...scopes] }).getClient();
    } catch {
      // No cause: the library quotes files.
      throw new LineupError(
        'source_unauthorized',
        sentence`Lineup finds no credentials of Google on this machine. Set GOOGLE_APPLICATION_CREDENTIALS to a key file, sign in with gcloud, or give the machine a service account.`,
      );
    }
  });
  return { projectId: undefined, token: async () => tokenOf(await client(), 'machine') };
}

/** @throws {LineupError} `invalid_configuration` for a text that is no key of a service account */
export function readServiceAccountKey(json: string): ServiceAccountKey {
  const read = parse(json);
  if (read) return read;
  throw new LineupError(
    'invalid_configuration',
    sentence`The key of the service account cannot be used. Paste the whole JSON key file.`,
  );
}

function parse(json: string): ServiceAccountKey | undefined {
  try {
    const { type, client_email, private_key, project_id } = JSON.parse(json) as Record<string, unknown>;
    if (type !== 'service_account') return undefined;
    if (typeof client_email !== 'string' || typeof private_key !== 'string') return undefined;
    return { client_email, private_key, ...(typeof project_id === 'string' && { project_id }) };
  } catch {
    return undefined;
  }
}

interface TokenClient {
  getAccessToken(): Promise<{ token?: string | null | undefined }>;
}

async function tokenOf(client: TokenClient, of: 'key' | 'machine'): Promise<string> {
  try {
    const { token } = await client.getAccessToken();
    if (token && /^[\x21-\x7e]+$/.test(token)) return token;
  } catch (error) {
    throw explain(error, of);
  }
  throw explain(undefined, of);
}

/** No cause and no text of the library: it may quote the request. */
function explain(error: unknown, of: 'key' | 'machine'): LineupError {
  const { status, code } = (error ?? {}) as { status?: unknown; code?: unknown };
  const reason = typeof status === 'number' ? String(status) : typeof code === 'string' ? code : 'no token';
  if (/^ERR_(OSSL|CRYPTO|INVALID)/.test(reason)) {
    return new LineupError(
      'invalid_configuration',
      sentence`The key of the service account cannot be used. Paste the whole JSON key file.`,
      { reason },
    );
  }
  if (status === 400 || status === 401 || status === 403) {
    return new LineupError(
      'source_unauthorized',
      of === 'key'
        ? sentence`Google does not accept the key of the service account. It was deleted or disabled, or the clock of this machine is wrong. Enter a new key.`
        : sentence`Google does not accept the credentials of this machine. Sign in again with gcloud, or check the service account of the machine.`,
      { reason },
    );
  }
  return new LineupError(
    'source_failed',
    sentence`Google gave no access token (${reason}). Check that this machine can reach oauth2.googleapis.com.`,
    { reason, retryable: true },
  );
}

/** Makes the client at its first use, and again after a failure. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
