/** Connects to the toy: its client, and how it mints the tokens of that. */
import type { ConnectOptions } from '../../../src/destinations/connect.ts';
import type { Destination } from '../../../src/destinations/destination.ts';
import type { TokenRules } from '../../../src/destinations/tokens.ts';
import { LineupError } from '../../../src/domain/errors/errors.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import { ToyClient } from './client.ts';
import { toyDestination } from './destination.ts';

export const connect = (options: ConnectOptions): Destination => toyDestination(new ToyClient(options));

export const tokens: TokenRules = {
  mint: async (credentials, _kept, { signal }) => {
    const { client_secret: secret, base_url } = credentials;
    const answer = await fetch(`${base_url}/token`, { method: 'POST', body: JSON.stringify({ secret }), signal });
    if (!answer.ok) throw new LineupError('line_unauthorized', 'The toy refuses the client secret.');
    const { token, expires_at } = (await answer.json()) as { token: string; expires_at: number };
    return { token: new Secret(token), expiresAt: new Date(expires_at) };
  },
  renewBeforeMs: 60_000,
  stored: true,
};
