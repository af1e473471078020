/** Connects to destinations. Whoever has one can use it without knowing its keys. */
import type { SharedLimits } from '../contracts/ports.ts';
import type { ConnectOptions } from '../destinations/connect.ts';
import type { Destination } from '../destinations/destination.ts';
import { kindOf } from '../destinations/kinds.ts';
import type { Credentials } from '../destinations/tokens.ts';
import type { KnownAuthorizations } from './known-authorizations.ts';

export interface DestinationAccess {
  readonly authorizations: KnownAuthorizations;
  readonly limits: SharedLimits;
  /** The URLs of the other sides, or of simulators, by the id of the destination. */
  readonly baseUrls: Readonly<Record<string, string>>;
}

export type Connecting = Pick<ConnectOptions, 'log' | 'patience'>;

/** For requests of a waiting person. */
export const interactive = { patience: 'person' } as const;

/** A destination for immediate use, with the credentials of an authorization. @throws {LineupError} `not_found` */
export async function destinationWith(
  access: DestinationAccess,
  authorizationId: string,
  options: Connecting,
): Promise<Destination> {
  const { kind, connecting } = await connectionOf(access, authorizationId, options);
  return (await kind.load()).connect(connecting);
}

/** A destination with given credentials, saved or not. */
export async function destinationOf(
  access: Pick<DestinationAccess, 'limits' | 'baseUrls'>,
  provider: string,
  credentials: Credentials,
  options: Connecting,
): Promise<Destination> {
  return (await kindOf(provider).load()).connect(connectOptions(access, provider, credentials, options));
}

/** What connects to the destination of an authorization, also to what only this destination has. */
export async function connectionOf(access: DestinationAccess, authorizationId: string, options: Connecting) {
  const { authorizations } = access;
  const provider = await authorizations.providerOf(authorizationId);
  const credentials = (await authorizations.reveal(authorizationId)).reveal();
  return { kind: kindOf(provider), connecting: connectOptions(access, provider, credentials, options) };
}

const connectOptions = (
  { limits, baseUrls }: Pick<DestinationAccess, 'limits' | 'baseUrls'>,
  provider: string,
  credentials: Credentials,
  options: Connecting,
): ConnectOptions => ({ limits, baseUrl: baseUrls[provider], credentials, ...options });
