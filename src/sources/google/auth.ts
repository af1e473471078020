/** Credentials of Google Cloud: the key of a service account, or those of the machine. Both give access tokens. */
import { createPrivateKey, createSign, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { DeadlineError } from '../../../packages/client-core/src/timing.ts';
import type { Clock } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { UnavailableError } from '../files/http/request.ts';
import { isNetworkCode, isPassingStatus, withDeadline } from '../http.ts';
import { optionalPart } from '../optional-part.ts';

/** The parts of a key file that Lineup uses. The addresses in it are ignored: they could lead anywhere. */
export interface ServiceAccountKey {
  readonly email: string;
  readonly keyId: string;
  readonly project: string | undefined;
  readonly privateKey: KeyObject;
}

const keyFile = z.object({
  // Other types name programs to run, or addresses to fetch.
  type: z.literal('service_account'),
  client_email: z.string().min(3).max(300),
  private_key_id: z.string().max(200).default(''),
  private_key: z.string().max(20_000),
  project_id: z.string().max(100).optional(),
});

/** @throws {LineupError} `invalid_configuration` for a text that is not the key of a service account */
export function readServiceAccountKey(text: string): ServiceAccountKey {
  try {
    const key = keyFile.parse(JSON.parse(text));
    const privateKey = createPrivateKey(key.private_key);
    if (privateKey.asymmetricKeyType !== 'rsa') throw new Error('not an RSA key');
    return { email: key.client_email, keyId: key.private_key_id, project: key.project_id, privateKey };
  } catch {
    // No cause: it may quote the key.
    throw new LineupError(
      'invalid_configuration',
      sentence`This is not the key of a Google service account. Create a key of type JSON in the Google Cloud console, and paste the whole file.`,
    );
  }
}

/** Gives an access token that is still valid for some minutes. */
export type AccessTokens = (signal: AbortSignal | undefined) => Promise<string>;

/** The status and the JSON of an answer. */
export interface TokenAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface ServiceAccountOptions {
  readonly key: ServiceAccountKey;
  readonly scope: string;
  /** Where the signed request goes. It is also signed, so that another server cannot use it at Google. */
  readonly tokenUrl: string;
  readonly post: (url: string, form: string, signal: AbortSignal | undefined) => Promise<TokenAnswer>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A token is not used in the last minutes of its life. */
const MARGIN_MS = 300_000;

const granted = z.object({ access_token: z.string().min(1).max(8_000), expires_in: z.number() });

/** @throws {LineupError} in its calls: `source_unauthorized`, `source_failed`, and what `post` throws */
export function serviceAccountTokens(options: ServiceAccountOptions): AccessTokens {
  const { key, tokenUrl, post, clock } = options;
  let held: { readonly token: string; readonly until: number } | undefined;
  return async (signal) => {
    const now = clock.now().getTime();
    if (held && now < held.until) return held.token;
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertion(options, Math.floor(now / 1000)),
    });
    const { status, body } = await post(tokenUrl, form.toString(), signal);
    const answer = granted.safeParse(body).data;
    if (status !== 200 || !answer) throw refusal(status, body, key);
    held = { token: answer.access_token, until: now + answer.expires_in * 1000 - MARGIN_MS };
    return held.token;
  };
}

function assertion({ key, scope, tokenUrl }: ServiceAccountOptions, now: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ alg: 'RS256', typ: 'JWT', kid: key.keyId });
  const claims = part({ iss: key.email, scope, aud: tokenUrl, iat: now, exp: now + 3600 });
  const signature = createSign('RSA-SHA256').update(`${head}.${claims}`).sign(key.privateKey, 'base64url');
  return `${head}.${claims}.${signature}`;
}

const refused = z.object({ error: z.string(), error_description: z.string().default('') });

function refusal(status: number, body: unknown, { email }: ServiceAccountKey): LineupError {
  const { error = '', error_description: text = '' } = refused.safeParse(body).data ?? {};
  const options = { reason: /^[a-z_]{1,40}$/.test(error) ? error : String(status) };
  if (error === 'invalid_grant' && /iat|exp|short-lived/i.test(text)) {
    return new LineupError(
      'source_unauthorized',
      sentence`Google does not accept the time of this machine. Correct its clock, for example with NTP.`,
      options,
    );
  }
  if (status === 400 || status === 401) {
    return new LineupError(
      'source_unauthorized',
      sentence`Google no longer accepts the key of the service account ${email}. The key or the account was deleted or disabled. Create a new key, and enter it in the authorization.`,
      options,
    );
  }
  const problem = sentence`Google gave no access token for the service account (${String(status)}). Try again later.`;
  if (isPassingStatus(status)) return new UnavailableError(problem, options.reason);
  return new LineupError('source_failed', problem, options);
}

/** The metadata server of a machine answers at once, or there is none. */
const MACHINE_MS = 30_000;

/**
 * The credentials of this machine, as Google’s library finds them: GOOGLE_APPLICATION_CREDENTIALS, the login of gcloud,
 * or the role of the machine.
 * @throws {LineupError} in its calls: `source_unauthorized` when there are none, `source_failed` when they cannot be
 * had for
 *   a moment, or `source_unsupported` without the library
 */
export function machineTokens(scope: string, find = machineAuth): AccessTokens {
  let auth: MachineAuth | undefined;
  let wereFound = false;
  return async (signal) => {
    signal?.throwIfAborted();
    const found = auth ?? (await find(scope));
    auth = found;
    let hiccup: string | undefined;
    const token = await withDeadline(MACHINE_MS, signal, () => found.getAccessToken()).catch((error) => {
      signal?.throwIfAborted();
      hiccup = hiccupIn(error);
    });
    if (token) {
      wereFound = true;
      return token;
    }
    if (wereFound || hiccup) {
      const reason = hiccup ?? 'no_token';
      throw new UnavailableError(
        sentence`This machine got no access token of Google (${reason}). Try again later.`,
        reason,
      );
    }
    throw new LineupError(
      'source_unauthorized',
      sentence`This machine has no credentials of Google Cloud, or they have expired. Set GOOGLE_APPLICATION_CREDENTIALS, use gcloud auth application-default login, or give the machine a service account.`,
    );
  };
}

interface MachineAuth {
  getAccessToken(): Promise<string | null | undefined>;
}

/** The name of a failure that says nothing about the credentials. Undefined for any other one. */
function hiccupIn(error: unknown): string | undefined {
  if (error instanceof DeadlineError) return 'timeout';
  const { code, status, response, cause } = Object(error);
  const answered = Number(status ?? Object(response).status ?? code);
  if (isPassingStatus(answered)) return String(answered);
  return [code, Object(cause).code].find(isNetworkCode);
}

async function machineAuth(scope: string): Promise<MachineAuth> {
  const { GoogleAuth } = await optionalPart('Google Cloud', () => import('google-auth-library'), 'google-auth-library');
  return new GoogleAuth({ scopes: [scope] });
}
