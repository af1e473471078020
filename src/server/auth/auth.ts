/** Everything about who may come in, put together once. */
import { type BetterAuth, createBetterAuth, type OidcConfig, type SignInOptions } from './better-auth.ts';
import { Links } from './links.ts';
import { People } from './people.ts';

export interface Auth {
  readonly betterAuth: BetterAuth;
  readonly people: People;
  readonly links: Links;
  readonly oidc: OidcConfig | undefined;
}

export function createAuth(options: SignInOptions): Auth {
  const betterAuth = createBetterAuth(options);
  const { oidc } = options;
  return {
    betterAuth,
    people: new People(betterAuth, oidc !== undefined),
    links: new Links(betterAuth),
    oidc,
  };
}

/** Where a one-time link leads. The secret is in the fragment, which no server, proxy or log ever sees. */
export const linkTo = (publicUrl: string, page: 'setup' | 'invitation', token: string): string =>
  `${publicUrl}/${page}#${token}`;

/**
 * For the first start: a link with which whoever reads the log or the terminal becomes the administrator.
 * @returns undefined when there is an administrator already
 */
export async function setupLink({ people, links }: Auth, publicUrl: string): Promise<string | undefined> {
  if (await people.hasAdministrator()) return undefined;
  return linkTo(publicUrl, 'setup', (await links.issue('setup', 'administrator')).reveal());
}
