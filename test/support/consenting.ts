/** An invented other side whose accounts a person must give in the browser, in place of LY Ads. */
import { onTestFinished } from 'vitest';
import type { BaseAccount, Destination } from '../../src/destinations/destination.ts';
import { destinationKinds } from '../../src/destinations/kinds.ts';
import type { TokenRules } from '../../src/destinations/tokens.ts';
import { lyAdsTraits } from '../../src/domain/destinations/ly-ads.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { sentence } from '../../src/domain/text/sentence.ts';
import { Secret } from '../../src/domain/values/secret.ts';

export interface OtherSide {
  /** The codes that it has given, with who has consented. A code works once. */
  readonly codes: Map<string, string>;
  accounts: BaseAccount[];
  /** Runs while a code is exchanged. */
  during: () => Promise<void>;
  /** From now on it refuses every refresh, and its tokens. */
  revoke(): void;
  /** The client ids and secrets that it was asked with. */
  readonly asked: string[];
}

export const accountNamed = (id: string, name: string, change: Partial<BaseAccount> = {}): BaseAccount => ({
  id,
  name,
  isManager: false,
  unusable: null,
  ...change,
});

/** Until the end of the test. */
export function otherSide(): OtherSide {
  const holders = new Map<string, string>();
  let isRevoked = false;
  let given = 0;
  const side: OtherSide = {
    codes: new Map(),
    accounts: [accountNamed('1001', 'Example Store'), accountNamed('1002', 'Example Group', { isManager: true })],
    during: async () => {},
    revoke: () => {
      isRevoked = true;
      holders.clear();
    },
    asked: [],
  };
  const refused = () =>
    new LineupError(
      'line_unauthorized',
      sentence`LY does not accept the refresh token. Connect the authorization again.`,
    );
  const mint = (holder: string, keep?: Secret) => {
    given += 1;
    const token = new Secret(`an-access-token-${given}`);
    holders.set(token.reveal(), holder);
    return { token, expiresAt: new Date(Date.now() + 3_600_000), ...(keep && { keep }) };
  };
  const tokens: TokenRules = {
    mint: async (_, kept) => {
      if (kept === null || isRevoked) throw refused();
      return mint(kept.reveal().replace('a-refresh-token-of-', ''));
    },
    renewBeforeMs: 1_800_000,
    stored: true,
    boundTo: ['client_id'],
    consent: {
      url: (credentials, redirect, state, baseUrl = 'https://ly.example.com') => {
        const query = { client_id: credentials['client_id'] ?? '', redirect_uri: redirect, state };
        return new URL(`${baseUrl}/oauth/v1/authorize?${new URLSearchParams(query)}`);
      },
      exchange: async (credentials, code) => {
        side.asked.push(`${credentials['client_id']} ${credentials['client_secret']}`);
        await side.during();
        const holder = side.codes.get(code);
        if (holder === undefined) throw new LineupError('line_unauthorized', sentence`LY does not accept the code.`);
        side.codes.delete(code);
        return mint(holder, new Secret(`a-refresh-token-of-${holder}`));
      },
    },
  };
  const connect = (options: { tokens?: { current(): Promise<Secret> } }): Destination =>
    ({
      traits: lyAdsTraits,
      verify: async () => [],
      baseAccounts: async () => {
        const holder = holders.get((await options.tokens!.current()).reveal());
        if (holder === undefined) throw refused();
        return { consentedAs: holder || null, accounts: side.accounts };
      },
    }) as unknown as Destination;
  const kinds = destinationKinds as unknown as { id: string; load: () => Promise<unknown> }[];
  const at = kinds.findIndex(({ id }) => id === lyAdsTraits.id);
  const real = kinds[at]!;
  kinds[at] = { id: lyAdsTraits.id, load: async () => ({ connect, tokens }) };
  onTestFinished(() => {
    kinds[at] = real;
  });
  return side;
}
