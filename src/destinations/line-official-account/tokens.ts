/** Stateless access tokens of a channel, by its secret or by an assertion that it signs. They are in memory only. */
import { SignJWT } from 'jose';
import { isOfProxy, isPassing } from '../../../packages/client-core/src/failure.ts';
import { withDeadline } from '../../../packages/client-core/src/timing.ts';
import { type JsonObject, optionalNumber } from '../../../packages/client-core/src/validation.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { clockSentence, isRefusedFor, lineSentences } from '../line-sentences.ts';
import type { Credentials, Minted, TokenCall, TokenRules } from '../tokens.ts';
import { API_HOST } from './client.ts';
import { signingKeyOf } from './signing-key.ts';
import { TokenError } from './token-error.ts';

const PATH = '/oauth2/v3/token';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** LINE allows thirty minutes. Half of it leaves as much room for a clock that is ahead as for one that is behind. */
const ASSERTION_S = 15 * 60;
const LIMIT_MS = 15_000;
/** The waits before the second and the third try. A run needs many tokens, and none of them may end it. */
const RETRIES_MS = [1_000, 2_000];

export const tokens: TokenRules = {
  mint: async (credentials, _kept, call) => {
    for (let retries = 0; ; retries += 1) {
      try {
        return await mint(credentials, call);
      } catch (error) {
        const waitMs = RETRIES_MS[retries];
        if (!(error instanceof LineupError && error.retryable) || waitMs === undefined) throw error;
        await call.clock.sleep(waitMs, call.signal);
      }
    }
  },
  renewBeforeMs: 120_000,
  // LINE gives as many as anybody wants, for a quarter of an hour.
  stored: false,
};

async function mint(credentials: Credentials, call: TokenCall): Promise<Minted> {
  const answer = await ask(await formOf(credentials, call), call);
  if (answer === undefined) throw unreadable();
  if (answer.status !== 200) throw refused(answer, credentials, call);
  return mintedOf(answer.text, call);
}

async function formOf(
  { channel_id = '', channel_secret, private_key, key_id = '' }: Credentials,
  { clock }: TokenCall,
): Promise<Record<string, string>> {
  const grant = { grant_type: 'client_credentials' };
  if (!private_key) return { ...grant, client_id: channel_id, client_secret: channel_secret ?? '' };
  const { key, kid } = signingKeyOf(private_key, key_id);
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
    .setIssuer(channel_id)
    .setSubject(channel_id)
    .setAudience(`${API_HOST}/`)
    .setExpirationTime(Math.floor(clock.now().getTime() / 1_000) + ASSERTION_S)
    .sign(key);
  return { ...grant, client_assertion_type: ASSERTION, client_assertion: assertion };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  /** Its time. NaN when it tells none. */
  readonly at: number;
}

/** @throws {LineupError} without a part of the form in it */
async function ask(
  form: Record<string, string>,
  { baseUrl = API_HOST, clock, signal, fetch = globalThis.fetch }: TokenCall,
): Promise<Answer | undefined> {
  const body = new URLSearchParams(form).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'Lineup' };
  try {
    return await withDeadline(
      LIMIT_MS,
      signal,
      async (inner) => {
        const init = { method: 'POST', headers, body, redirect: 'manual', signal: inner } as const;
        const answer = await fetch(new URL(PATH, baseUrl), init);
        return { status: answer.status, text: await answer.text(), at: Date.parse(answer.headers.get('date') ?? '') };
      },
      clock.sleep,
    );
  } catch {
    // The cause is left out: what breaks a connection might quote the request.
    if (signal.aborted) throw new LineupError('interrupted', lineSentences.stopped);
    throw new LineupError('line_unreachable', sentence`LINE could not be asked for an access token.`, {
      retryable: true,
    });
  }
}

/** OAuth lets a server leave the time out. LINE refuses a token before it, too, and then another one is asked for. */
const USUAL_LIFE_S = 899;
/** What a header can hold (RFC 6750). What refuses another one would quote it. */
const tokenForm = /^[\x21-\x7e]+$/;

function mintedOf(text: string, { clock }: TokenCall): Minted {
  const { access_token: token, expires_in = USUAL_LIFE_S } = objectIn(text) ?? {};
  const seconds = optionalNumber(expires_in);
  if (typeof token !== 'string' || !tokenForm.test(token) || seconds === undefined || seconds <= 0) throw unreadable();
  return { token: new Secret(token), expiresAt: new Date(clock.now().getTime() + seconds * 1_000) };
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Also a maintenance page with 200. */
const unreadable = (): LineupError =>
  new LineupError('line_unavailable', sentence`LINE gave an access token that Lineup cannot read.`, {
    retryable: true,
  });

function refused({ status, text, at }: Answer, { private_key }: Credentials, { clock }: TokenCall): LineupError {
  const answer = String(status);
  const isRefusal = status >= 400 && status < 500 && status !== 429;
  if (!isRefusal || isPassing(status) || isOfProxy(status, text))
    return new LineupError('line_unavailable', sentence`LINE gives no access token (answer ${answer}).`, {
      retryable: true,
    });
  if (!private_key) {
    return new TokenError(
      'channel_secret',
      sentence`LINE gives no access token (answer ${answer}). Check the channel ID and the channel secret: both must be those of the same Messaging API channel.`,
    );
  }
  const skewMs = clock.now().getTime() - at;
  if (isRefusedFor(skewMs)) return new LineupError('line_clock_skewed', clockSentence(skewMs));
  if (status === 404) {
    return new TokenError(
      'key_id',
      sentence`The LINE channel has no key with this key ID (answer ${answer}). Enter the key ID that LINE showed when the public key was registered.`,
    );
  }
  return new TokenError(
    'private_key',
    sentence`LINE does not accept the signature (answer ${answer}). Check the channel ID, and that the private key belongs to the public key that is registered with this key ID.`,
  );
}
