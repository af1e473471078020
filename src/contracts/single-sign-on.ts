/** Single sign-on by OpenID Connect: what the operator sets, and what the provider says about a person. */
import type { RoleMapping } from '../domain/people/groups.ts';
import type { Secret } from '../domain/values/secret.ts';

/** The id of the provider: in the addresses of its sign-in, and in the accounts of people. */
export const OIDC = 'oidc';

/** The provider, as the operator has set it. */
export interface OidcConfig {
  /** Its discovery document is `<issuer>/.well-known/openid-configuration`. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** For the button "Sign in with …". */
  readonly label: string;
  /** Whether people without an invitation get an account at their first sign-in. */
  readonly createUsers: boolean;
  /** Scopes in addition to `openid email profile`. @default none */
  readonly scopes?: readonly string[];
  /** The claim with the groups of a person. @default `groups` */
  readonly groupsClaim?: string;
  /** The groups of each role. Without it, administrators give roles. */
  readonly roles?: RoleMapping | undefined;
  /** How often the provider is asked about everybody who signs in by it, in milliseconds. @default never */
  readonly recheckMs?: number | undefined;
}

/** The tokens that the provider gave for one sign-in. The identity token was verified. */
export interface ProviderTokens {
  readonly idToken?: string | undefined;
  readonly accessToken?: string | undefined;
  readonly refreshToken?: string | undefined;
}

/** Who the provider says a person is. */
export interface ProviderIdentity {
  readonly subject: string;
  /** Claims of the identity token, and of the userinfo endpoint where it was asked. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The session at the provider. */
  readonly sessionId: string | null;
  readonly refreshToken: Secret | null;
}
