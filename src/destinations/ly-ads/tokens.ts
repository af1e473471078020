/** The consent of a person, and the access tokens that come from it. */
import {
  authorizeUrl,
  exchangeCode,
  LyAdsError,
  refreshAccessToken,
  type Tokens,
} from '../../../packages/ly-ads/src/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { Credentials, Minted, TokenCall, TokenRules } from '../tokens.ts';
import { explain } from './failure.ts';

/** The waits before the second and the third try of a refresh. */
const RETRIES_MS = [1_000, 2_000];

export const tokens: TokenRules = {
  mint: async (credentials, kept, call) => {
    if (!kept) throw notConnected();
    const refresh = () => refreshAccessToken({ ...application(credentials, call), refreshToken: kept.reveal() });
    for (let retries = 0; ; retries += 1) {
      try {
        return minted(await refresh(), call);
      } catch (error) {
        const waitMs = RETRIES_MS[retries];
        if (!(error instanceof LyAdsError)) throw error;
        if (!error.retryable || waitMs === undefined) throw refused(error);
        await call.clock.sleep(waitMs, call.signal);
      }
    }
  },
  renewBeforeMs: 1_800_000,
  stored: true,
  // The consent is for the application. Another secret, base account or setting changes nothing about it.
  boundTo: ['client_id'],
  askedWith: ['client_id', 'client_secret'],
  consent: {
    url: (credentials, redirectUri, state, baseUrl) =>
      authorizeUrl({ clientId: credentials['client_id'] ?? '', redirectUri, state, baseUrl }),
    exchange: async (credentials, code, redirectUri, call) => {
      try {
        const found = await exchangeCode({ ...application(credentials, call), code, redirectUri });
        // Without it, the next refresh would need a person again.
        if (found.refreshToken === undefined) throw noRefreshToken();
        return minted(found, call);
      } catch (error) {
        throw error instanceof LyAdsError ? notExchanged(error) : error;
      }
    },
  },
};

const application = (
  { client_id = '', client_secret = '' }: Credentials,
  { baseUrl, clock, signal, fetch }: TokenCall,
) => ({
  clientId: client_id,
  clientSecret: client_secret,
  userAgent: 'Lineup',
  deadline: clock.sleep,
  baseUrl,
  signal,
  fetch,
});

const minted = ({ accessToken, refreshToken, expiresInSeconds }: Tokens, { clock }: TokenCall): Minted => ({
  token: new Secret(accessToken),
  expiresAt: new Date(clock.now().getTime() + expiresInSeconds * 1_000),
  ...(refreshToken !== undefined && { keep: new Secret(refreshToken) }),
});

const notConnected = (): LineupError =>
  new LineupError(
    'line_unauthorized',
    sentence`This authorization of LY Ads is not connected. A person with a Business ID must connect it.`,
  );

const noRefreshToken = (): LineupError =>
  new LineupError(
    'line_unavailable',
    sentence`LY Ads gave no refresh token, so Lineup could not stay connected. Try again.`,
  );

/** Only 400 and 401 certainly need a person. A proxy may answer 403, too, so that is asked again. */
function codeOfRefusal({ code }: LyAdsError): 'line_unauthorized' | 'line_forbidden' | undefined {
  if (code === 'unauthorized') return 'line_unauthorized';
  return code === 'forbidden' ? 'line_forbidden' : undefined;
}

function refused(error: LyAdsError): LineupError {
  const code = codeOfRefusal(error);
  if (!code) return explain(error);
  return new LineupError(
    code,
    sentence`LY Ads does not renew the access (answer ${String(error.status ?? '')}). The consent has ended, or the client ID or the client secret is wrong. Check both, and connect the authorization again.`,
    { cause: error },
  );
}

function notExchanged(error: LyAdsError): LineupError {
  const code = codeOfRefusal(error);
  if (!code) return explain(error);
  return new LineupError(
    code,
    sentence`LY Ads does not accept the code (answer ${String(error.status ?? '')}). A code works once and for a short time. Check the client ID and the client secret, and connect again.`,
    { cause: error },
  );
}
