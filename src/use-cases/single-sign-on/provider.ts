/**
 * Asks the provider of single sign-on: its discovery document, its keys, what it says about a person, and whether a
 * refresh token still works. An answer is a word of the provider only when it is one by the standard. Everything else
 * (no connection, 5xx, another document) is a failure, from which nothing follows for a person.
 */
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { OidcConfig, ProviderIdentity, ProviderTokens } from '../../contracts/single-sign-on.ts';
import { Secret } from '../../domain/values/secret.ts';
import { type LimitingClock, timeLimit } from '../time-limit.ts';

/** The provider could not be asked, or gave no answer of the standard. Nothing follows for a person. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  /** For the log: the code of a connection error, a status, or the name of an error. */
  readonly code: string;

  constructor(code: string) {
    super(`The provider of single sign-on failed (${code}).`);
    this.code = code;
  }
}

export interface ProviderOptions {
  readonly config: OidcConfig;
  readonly now: () => Date;
  readonly clock: LimitingClock;
}

/** What a refresh token has led to. */
export type Refreshed =
  | { readonly refused: false; readonly tokens: ProviderTokens }
  /** The provider does not take it any more (`invalid_grant`). */
  | { readonly refused: true };

/** A logout token that the provider has signed for us. */
export interface LogoutToken {
  readonly id: string;
  readonly subject: string | null;
  readonly sessionId: string | null;
  readonly expiresAt: Date;
}

const TIMEOUT_MS = 10_000;
/** Room for thousands of groups. */
const MAX_BYTES = 2_000_000;
/** A provider changes its addresses rarely. */
const DISCOVERY_MS = 10 * 60_000;
const AFTER_FAILURE_MS = 5_000;

const discovery = z.object({
  issuer: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
  userinfo_endpoint: z.string().optional(),
  scopes_supported: z.array(z.string()).optional().catch(undefined),
  id_token_signing_alg_values_supported: z.array(z.string()).optional().catch(undefined),
});

/** The document, when it was read, and the keys that it names. */
interface Discovered {
  readonly document: z.infer<typeof discovery>;
  readonly keys: JWTVerifyGetKey;
  readonly at: number;
}

const tokenAnswer = z.object({
  access_token: z.string().optional(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
});

const OFFLINE = 'offline_access';

/** Algorithms of a key pair. With `none` or a shared secret, others could sign. */
const SAFE_ALGORITHMS = /^(RS|PS|ES)(256|384|512)$|^(EdDSA|Ed25519)$/;

export class Provider {
  readonly #options: ProviderOptions;
  #discovered: Discovered | undefined;
  #discovering: Promise<Discovered> | undefined;
  #failed: { readonly error: unknown; readonly at: number } | undefined;

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  /**
   * Scopes to ask for in addition to the usual ones. A refresh token needs `offline_access`, which some providers
   * refuse as unknown, so it is asked for only where the provider lists it.
   */
  async scopes(): Promise<string[]> {
    const { scopes = [], recheckMs } = this.#options.config;
    if (recheckMs === undefined || scopes.includes(OFFLINE)) return [...scopes];
    const offered: readonly string[] = await this.#discover().then(
      ({ document }) => document.scopes_supported ?? [],
      () => [],
    );
    return offered.includes(OFFLINE) ? [...scopes, OFFLINE] : [...scopes];
  }

  /**
   * Who the provider says a person is. The userinfo endpoint is asked for what the identity token leaves out.
   * @param isEnough whether claims have everything that is needed
   * @throws {ProviderError}
   */
  async identity(
    { idToken, accessToken, refreshToken }: ProviderTokens,
    isEnough: (claims: Readonly<Record<string, unknown>>) => boolean,
  ): Promise<ProviderIdentity> {
    const signed = idToken === undefined ? {} : await this.#verified(idToken);
    const further = isEnough(signed) || accessToken === undefined ? {} : await this.#userInfo(accessToken);
    // Nobody may mix the claims of two people.
    if (signed.sub !== undefined && further.sub !== undefined && further.sub !== signed.sub) {
      throw new ProviderError('other_subject');
    }
    const claims: Record<string, unknown> = { ...further, ...signed };
    const { sub, sid } = claims;
    if (typeof sub !== 'string' || sub === '') throw new ProviderError('no_subject');
    return {
      subject: sub,
      claims,
      sessionId: typeof sid === 'string' ? sid : null,
      refreshToken: refreshToken === undefined ? null : new Secret(refreshToken),
    };
  }

  /** @throws {ProviderError} */
  async refresh(token: Secret): Promise<Refreshed> {
    const { document } = await this.#discover();
    const { clientId, clientSecret } = this.#options.config;
    const { status, body } = await this.#ask(document.token_endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: token.reveal(),
        client_id: clientId,
        client_secret: clientSecret.reveal(),
      }).toString(),
    });
    if (status === 200) {
      const { success, data } = tokenAnswer.safeParse(body);
      if (!success) throw new ProviderError('no_tokens');
      return {
        refused: false,
        tokens: { accessToken: data.access_token, refreshToken: data.refresh_token, idToken: data.id_token },
      };
    }
    // Only this code is about the person. `invalid_client` is about our own secret, and a 500 about nobody.
    const { error } = z.object({ error: z.string() }).catch({ error: '' }).parse(body);
    if ((status === 400 || status === 401) && error === 'invalid_grant') return { refused: true };
    throw new ProviderError(`http_${status}`);
  }

  /**
   * Checks a logout token as OpenID Connect Back-Channel Logout 1.0 (2.6) says.
   * @returns undefined when it is not valid
   * @throws {ProviderError} when the keys cannot be read
   */
  async logoutToken(text: string): Promise<LogoutToken | undefined> {
    const claims = await this.#verified(text, MAX_TOKEN_AGE).catch((error: unknown) => {
      if (error instanceof ProviderError && error.code !== 'token_invalid') throw error;
      return undefined;
    });
    if (!claims) return undefined;
    const { jti, sub, sid, iat, nonce, events } = claims as JWTPayload & { events?: unknown };
    const isLogout = typeof events === 'object' && events !== null && isObject(ownValue(events, LOGOUT_EVENT));
    const namesSomebody = typeof sub === 'string' || typeof sid === 'string';
    if (!isLogout || !namesSomebody || typeof jti !== 'string' || jti === '' || iat === undefined) return undefined;
    // A logout token never has a nonce, so that nobody can use an identity token as one.
    if (nonce !== undefined) return undefined;
    return {
      id: jti,
      subject: typeof sub === 'string' ? sub : null,
      sessionId: typeof sid === 'string' ? sid : null,
      expiresAt: new Date((iat + MAX_TOKEN_AGE + 2 * TOLERANCE) * 1_000),
    };
  }

  /** @throws {ProviderError} `token_invalid`; when the keys cannot be read */
  async #verified(token: string, maxTokenAge?: number): Promise<Record<string, unknown>> {
    const { jwtVerify, errors } = await import('jose');
    const { document, keys } = await this.#discover();
    const listed = document.id_token_signing_alg_values_supported?.filter((name) => SAFE_ALGORITHMS.test(name)) ?? [];
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: document.issuer,
        audience: this.#options.config.clientId,
        algorithms: listed.length > 0 ? listed : ['RS256'],
        clockTolerance: TOLERANCE,
        currentDate: this.#options.now(),
        ...(maxTokenAge !== undefined && { maxTokenAge }),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) throw failureOf(error);
      if (error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC') {
        throw new ProviderError('token_invalid');
      }
      throw failureOf(error);
    }
  }

  async #userInfo(accessToken: string): Promise<Record<string, unknown>> {
    const { document } = await this.#discover();
    if (document.userinfo_endpoint === undefined) return {};
    const { status, body } = await this.#ask(document.userinfo_endpoint, {
      headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
    });
    if (status !== 200 || !isObject(body)) throw new ProviderError(`userinfo_${status}`);
    return body;
  }

  /** However many ask at once, the provider is asked once; after a failure, not again for some seconds. */
  async #discover(): Promise<Discovered> {
    const at = this.#options.now().getTime();
    if (this.#discovered && Math.abs(at - this.#discovered.at) < DISCOVERY_MS) return this.#discovered;
    if (this.#failed && Math.abs(at - this.#failed.at) < AFTER_FAILURE_MS) throw this.#failed.error;
    this.#discovering ??= this.#readDiscovery(at).finally(() => {
      this.#discovering = undefined;
    });
    try {
      this.#discovered = await this.#discovering;
      return this.#discovered;
    } catch (error) {
      this.#failed = { error, at };
      throw error;
    }
  }

  async #readDiscovery(at: number): Promise<Discovered> {
    const { config } = this.#options;
    // regex-bounded: a setting of the operator's own
    const address = `${config.issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
    const { status, body } = await this.#ask(address, { headers: { accept: 'application/json' } });
    const { success, data } = discovery.safeParse(body);
    if (status !== 200 || !success) throw new ProviderError(`discovery_${status}`);
    const { createRemoteJWKSet } = await import('jose');
    const keys = createRemoteJWKSet(new URL(data.jwks_uri), { timeoutDuration: TIMEOUT_MS });
    return { document: data, keys, at };
  }

  /** @throws {ProviderError} without a whole answer in time */
  async #ask(url: string, init: RequestInit): Promise<{ status: number; body: unknown }> {
    const limit = timeLimit(this.#options.clock, TIMEOUT_MS);
    try {
      // A redirect could carry the secret elsewhere.
      const answer = await fetch(url, { ...init, redirect: 'error', signal: limit.signal });
      return { status: answer.status, body: parsed(await boundedText(answer)) };
    } catch (error) {
      throw failureOf(error);
    } finally {
      limit.end();
    }
  }
}

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Seconds that clocks may differ. */
const TOLERANCE = 60;
/** Seconds after which nobody sends a logout token any more. */
const MAX_TOKEN_AGE = 5 * 60;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ownValue = (object: object, key: string): unknown =>
  Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;

function failureOf(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: { code?: unknown } };
  return new ProviderError(String(cause?.code ?? code ?? name ?? 'unknown'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function boundedText(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new ProviderError('too_long');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
