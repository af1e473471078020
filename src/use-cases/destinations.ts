/** Connects to destinations. Whoever has one can use it without knowing its keys. */
import type { Clock, SharedLimits } from '../contracts/ports.ts';
import type { ConnectOptions } from '../destinations/connect.ts';
import type { Destination } from '../destinations/destination.ts';
import { connectTo, kindOf } from '../destinations/kinds.ts';
import type { SharedTokens } from '../destinations/shared-token.ts';
import type { Credentials } from '../destinations/tokens.ts';
import type { KnownAuthorizations } from './known-authorizations.ts';

export interface DestinationAccess {
  readonly authorizations: KnownAuthorizations;
  readonly limits: SharedLimits;
  /** The URLs of the other sides, or of simulators, by the id of the destination. */
  readonly baseUrls: Readonly<Partial<Record<string, string>>>;
  readonly tokens: Pick<SharedTokens, 'of' | 'forget'>;
  readonly clock: Clock;
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
  const isSaved = access.authorizations.isSaved(authorizationId);
  return connectTo(kind, connecting, access.tokens, isSaved ? authorizationId : null);
}

/** A destination with credentials that are not saved. */
export async function unsavedDestination(
  access: Omit<DestinationAccess, 'authorizations'>,
  provider: string,
  credentials: Credentials,
  options: Connecting,
): Promise<Destination> {
  return connectTo(kindOf(provider), connectOptions(access, provider, credentials, options), access.tokens, null);
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
