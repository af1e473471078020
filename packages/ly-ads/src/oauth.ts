/**
 * The consent of a person, and access tokens. LY takes the secrets of these requests in the address, so an address of
 * them is in no error and in no log.
 */
import { type Attempted, attemptOnce, type Connection, headersOf, readAnswer } from '../../client-core/src/call.ts';
import * as machine from '../../client-core/src/machine.ts';
import { checkedBaseUrl, requireKnown, urlOf } from '../../client-core/src/request.ts';
import {
  AnswerError,
  json,
  optionalNumber,
  optionalText,
  requireFunction,
  requireInteger,
  requireLength,
  requireSecret,
  requireText,
} from '../../client-core/src/validation.ts';
import { clientAgent } from './client.ts';
import { type Failure, LyAdsError } from './errors.ts';
import { failureOfAnswer, readErrors } from './failure.ts';
import type { Sleep } from './limiter.ts';
import type { Fetch } from './request.ts';

const HOST = 'https://biz-oauth.yahoo.co.jp';
const TOKEN_PATH = '/oauth/v1/token';

/**
 * What the address for a consent is made of.
 *
 * @example
 * import type { AuthorizeOptions } from '@lineup/ly-ads';
 *
 * const options: AuthorizeOptions = { clientId: 'my-client-id', redirectUri: 'oob', state: 'a-random-text' };
 */
export interface AuthorizeOptions {
  clientId: string;
  /** As it is registered at LY, or `oob`: then the page shows the code to the person. */
  redirectUri: string;
  /** Comes back with the code. Random, and compared by you: else somebody could plant a consent. At most 512 long. */
  state: string;
  /** @default 'https://biz-oauth.yahoo.co.jp' */
  baseUrl?: string | undefined;
}

/**
 * The address where a person consents, in the browser. LY leads back to `redirectUri` with `code` and `state`, or with
 * `error=access_denied`.
 *
 * @example
 * import { authorizeUrl } from '@lineup/ly-ads';
 *
 * console.log(authorizeUrl({ clientId: 'my-client-id', redirectUri: 'oob', state: 'a-random-text' }).href);
 *
 * @throws {TypeError} for wrong options
 */
export function authorizeUrl(options: AuthorizeOptions): URL {
  requireKnown('options', options, ['clientId', 'redirectUri', 'state', 'baseUrl']);
  const { clientId, redirectUri, state, baseUrl = HOST } = options;
  requireSecret('clientId', clientId);
  requireText('redirectUri', redirectUri);
  requireText('state', state);
  requireLength('state', state, 512);
  return urlOf(checkedBaseUrl(baseUrl), {
    path: '/oauth/v1/authorize',
    query: {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: 'yahooads',
      state,
    },
  });
}

/**
 * The application, and how its requests for tokens are sent.
 *
 * @example
 * import type { TokenRequestOptions } from '@lineup/ly-ads';
 *
 * const application: TokenRequestOptions = {
 *   clientId: 'my-client-id',
 *   clientSecret: 'my-client-secret',
 *   userAgent: 'my-app/1.2.3',
 * };
 */
export interface TokenRequestOptions {
  clientId: string;
  clientSecret: string;
  /** @default 'https://biz-oauth.yahoo.co.jp' */
  baseUrl?: string | undefined;
  /** @default the global fetch */
  fetch?: Fetch | undefined;
  /** Ms for the request. Minimum: 1. @default 15000 */
  timeout?: number | undefined;
  /** Waits for the end of its time. @default a timer */
  deadline?: Sleep | undefined;
  /** Ends the request. */
  signal?: AbortSignal | undefined;
  userAgent?: string | undefined;
}

/**
 * The answer to a consent or a refresh.
 *
 * @example
 * import type { Tokens } from '@lineup/ly-ads';
 *
 * const endsAt = ({ expiresInSeconds }: Tokens, now: number): number => now + expiresInSeconds * 1_000;
 */
export interface Tokens {
  accessToken: string;
  /** Only after a consent: a refresh changes nothing about it. */
  refreshToken: string | undefined;
  expiresInSeconds: number;
}

const own = ['clientId', 'clientSecret', 'baseUrl', 'fetch', 'timeout', 'deadline', 'signal', 'userAgent'];

/**
 * The tokens for the code of a consent. A code works once, so the request is never repeated.
 *
 * @example
 * import { exchangeCode } from '@lineup/ly-ads';
 *
 * const application = { clientId: 'my-client-id', clientSecret: 'my-client-secret' };
 * const { refreshToken } = await exchangeCode({ ...application, code: 'the-code', redirectUri: 'oob' });
 */
export function exchangeCode(options: TokenRequestOptions & { code: string; redirectUri: string }): Promise<Tokens> {
  requireKnown('options', options, [...own, 'code', 'redirectUri']);
  const { code, redirectUri } = options;
  requireSecret('code', code);
  requireText('redirectUri', redirectUri);
  return tokenOf(options, { grant_type: 'authorization_code', redirect_uri: redirectUri, code });
}

/**
 * The next access token. The refresh token stays the same. After the code `unauthorized` of the error, only a person
 * helps, who consents again: do not repeat it.
 *
 * @example
 * import { refreshAccessToken } from '@lineup/ly-ads';
 *
 * const application = { clientId: 'my-client-id', clientSecret: 'my-client-secret' };
 * const { accessToken } = await refreshAccessToken({ ...application, refreshToken: 'my-refresh-token' });
 */
export function refreshAccessToken(options: TokenRequestOptions & { refreshToken: string }): Promise<Tokens> {
  requireKnown('options', options, [...own, 'refreshToken']);
  const { refreshToken } = options;
  requireSecret('refreshToken', refreshToken);
  return tokenOf(options, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

const name = 'LY';

async function tokenOf(options: TokenRequestOptions, query: Record<string, string>): Promise<Tokens> {
  const { clientId, clientSecret, signal, timeout = 15_000 } = options;
  requireSecret('clientId', clientId);
  requireSecret('clientSecret', clientSecret);
  requireInteger('timeout', timeout, 1);
  if (options.fetch !== undefined) requireFunction('fetch', options.fetch);
  const connection: Connection = {
    baseUrl: checkedBaseUrl(options.baseUrl ?? HOST),
    fetch: options.fetch ?? globalThis.fetch,
    now: machine.now,
    deadline: options.deadline ?? machine.sleep,
    boundary: machine.boundary,
    headers: undefined,
    userAgent: clientAgent(options.userAgent),
  };
  const url = urlOf(connection.baseUrl, {
    path: TOKEN_PATH,
    query: { ...query, client_id: clientId, client_secret: clientSecret },
  });
  const result = await attemptOnce<Tokens, Failure, object>(
    { name, limitMs: timeout, connection },
    { options: { signal } },
    (_, inner) => exchange(connection, url, inner),
  );
  if (result.ok) return result.value;
  const { failure } = result;
  // What breaks a connection to a proxy might quote the address.
  const cause = failure.code === 'connection_failed' ? withoutAddress(failure.cause) : failure.cause;
  const message = `${failure.message} (GET ${TOKEN_PATH})`;
  throw new LyAdsError({ ...failure, cause }, { message, attempts: 1, outcome: 'not_taken' });
}

async function exchange(
  connection: Connection,
  url: URL,
  signal: AbortSignal,
): Promise<Attempted<Tokens, Failure, object>> {
  const headers = headersOf(connection, {}, {});
  const response = await connection.fetch(url, { method: 'GET', headers, redirect: 'manual', signal });
  const { status } = response;
  if (status !== 200) {
    const body = await response.text().catch(() => '');
    const refused = { status, headers: response.headers, errors: errorsIn(body), body, now: connection.now() };
    const failure = failureOfAnswer(refused);
    return { ok: false, failure: judged(failure, status) };
  }
  const text = await response.text();
  return readAnswer(name, status, () => readTokens(text));
}

/** The form of these errors is not documented. Every 400 and 401 needs a person, whatever it says. */
function judged(failure: Failure, status: number): Failure {
  const needsPerson = failure.code === 'bad_request' || status === 400 || status === 401;
  if (!needsPerson) return failure;
  const message = `LY answered ${status}. It does not accept the application, the code or the refresh token.`;
  return { ...failure, code: 'unauthorized', message, retryable: false };
}

/** Without the values: they might be the secrets. */
function errorsIn(text: string) {
  try {
    return readErrors((JSON.parse(text) as { errors?: unknown } | null)?.errors, false).map(({ code }) => ({
      code,
      message: '',
      details: [],
    }));
  } catch {
    return [];
  }
}

/** OAuth lets a server leave the time out. LY refuses a token before it, too, and then the client asks for another. */
const USUAL_LIFE_S = 3_600;

const readTokens = json((value): Tokens => {
  const accessToken = optionalText(value.access_token);
  if (!accessToken) throw new AnswerError('it has no access_token');
  const expiresInSeconds = optionalNumber(value.expires_in ?? USUAL_LIFE_S);
  if (expiresInSeconds === undefined || !(expiresInSeconds > 0)) throw new AnswerError('its expires_in is no number');
  return { accessToken, refreshToken: optionalText(value.refresh_token) || undefined, expiresInSeconds };
});

/** The code of the system, and nothing else. */
function withoutAddress(cause: unknown): Error | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code, syscall } = cause as NodeJS.ErrnoException;
  const plain = new Error('The connection failed.');
  delete plain.stack;
  return Object.assign(plain, { ...(code !== undefined && { code }), ...(syscall !== undefined && { syscall }) });
}
