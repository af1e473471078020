/**
 * How each destination is reached. Its code is loaded only when it is used. A new destination needs an entry here, one
 * in src/domain/destinations, one in src/contracts/providers, and a folder beside this file.
 */
import type { ConnectOptions } from './connect.ts';
import type { Destination } from './destination.ts';
import type { SharedTokens } from './shared-token.ts';
import type { CredentialProblem, Credentials, TokenRules } from './tokens.ts';

export interface DestinationKind {
  readonly id: string;
  readonly load: () => Promise<{
    readonly connect: (options: ConnectOptions) => Destination;
    readonly tokens?: TokenRules;
    /** What its schema cannot see, as whether a key can be read. It connects to nothing. No sentence has a value. */
    readonly check?: (credentials: Credentials) => readonly CredentialProblem[];
    /** Its addresses, for `lineup doctor`. @param baseUrl that of a simulator */
    readonly hosts?: (baseUrl?: string) => readonly string[];
  }>;
}

export const destinationKinds: readonly DestinationKind[] = [
  { id: 'line_ads', load: async () => import('./line-ads/connect.ts') },
  { id: 'ly_ads', load: async () => import('./ly-ads/connect.ts') },
  { id: 'line_official_account', load: async () => import('./line-official-account/connect.ts') },
];

/** @throws {Error} for a destination that is not registered */
export function kindOf(id: string): DestinationKind {
  const kind = destinationKinds.find((found) => found.id === id);
  if (!kind) throw new Error(`There is no destination "${id}".`);
  return kind;
}

/**
 * @param tokens those of this process
 * @param authorization the id of the one that has these credentials; null when they are not saved
 */
export async function connectTo(
  kind: DestinationKind,
  options: Omit<ConnectOptions, 'tokens'>,
  tokens: Pick<SharedTokens, 'of'>,
  authorization: string | null,
): Promise<Destination> {
  const { connect, tokens: rules } = await kind.load();
  if (!rules) return connect(options);
  const { credentials, baseUrl } = options;
  return connect({ ...options, tokens: tokens.of(authorization, credentials, rules, baseUrl) });
}
