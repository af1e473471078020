/**
 * The side of better-auth in single sign-on: it redirects, exchanges the code and checks the identity token, and asks
 * `SingleSignOn` who may come in.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { BetterAuthOptions } from 'better-auth';
import { APIError } from 'better-auth/api';
import { genericOAuth } from 'better-auth/plugins';
import { OIDC, type OidcConfig, type ProviderIdentity } from '../../contracts/single-sign-on.ts';
import type { SingleSignOn } from '../../contracts/use-cases.ts';
import type { SignInRefusal } from '../../domain/people/admission.ts';
import type { Role } from '../../domain/people/people.ts';
import { asPlainLine } from '../../domain/text/plain-text.ts';

/** A provider, and what decides about the people whom it sends. */
export interface SignOn {
  readonly config: OidcConfig;
  readonly rules: SingleSignOn;
}

/** One return from the provider, for the functions that better-auth calls without telling them why. */
export interface SignOnAttempt {
  identity?: ProviderIdentity;
  /** Of a new user. */
  role?: Role;
  refused?: SignInRefusal;
  /** The user who was made for it. */
  created?: string;
}

const attempts = new AsyncLocalStorage<SignOnAttempt>();

/** Calls better-auth for one return from the provider. */
export async function duringSignOn<T>(work: () => Promise<T>): Promise<{ answer: T; attempt: SignOnAttempt }> {
  const attempt: SignOnAttempt = {};
  return { answer: await attempts.run(attempt, work), attempt };
}

/** The code of the refusal of a password where the provider decides. */
export const PROVIDER_DECIDES = 'PROVIDER_DECIDES';

export const signOnPlugin = ({ config, rules }: SignOn) =>
  genericOAuth({
    config: [
      {
        providerId: OIDC,
        // regex-bounded: a setting of the operator's own
        discoveryUrl: `${config.issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`,
        // The identity must come from a verified token, also when the discovery document is incomplete.
        requireIdTokenVerification: true,
        clientId: config.clientId,
        clientSecret: config.clientSecret.reveal(),
        scopes: ['openid', 'email', 'profile'],
        disableSignUp: !config.createUsers,
        getUserInfo: async ({ idToken, accessToken, refreshToken }) => {
          const attempt = attempts.getStore();
          if (!attempt || idToken === undefined) return null;
          const admitted = await rules.admit({ idToken, accessToken, refreshToken });
          if (admitted.refused) {
            attempt.refused = admitted.refused;
            return null;
          }
          const { identity, role } = admitted;
          attempt.identity = identity;
          if (role) attempt.role = role;
          return profileOf(identity);
        },
      },
    ],
  });

const MAX_NAME = 120;

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** What better-auth needs to know. A name follows the rules for names, which another system does not know. */
const profileOf = ({ subject, claims }: ProviderIdentity) => ({
  sub: subject,
  email: textOf(claims.email),
  // Some providers write it as a text.
  emailVerified: claims.email_verified === true || claims.email_verified === 'true',
  name: asPlainLine(textOf(claims.name) ?? '').slice(0, MAX_NAME) || textOf(claims.email),
  image: textOf(claims.picture),
});

/** Tokens of the provider are kept sealed, or not at all. better-auth would write them in clear. */
const withoutTokens = async (account: object) => ({
  data: { ...account, accessToken: null, refreshToken: null, idToken: null },
});

export const signOnHooks = ({ rules }: SignOn): NonNullable<BetterAuthOptions['databaseHooks']> => ({
  user: {
    create: {
      before: async (user) => {
        const role = attempts.getStore()?.role;
        return { data: { ...user, ...(role && { role }) } };
      },
      after: async ({ id }) => {
        const attempt = attempts.getStore();
        if (attempt) attempt.created = id;
      },
    },
  },
  account: { create: { before: withoutTokens }, update: { before: withoutTokens } },
  session: {
    create: {
      before: async (session) => {
        const identity = attempts.getStore()?.identity;
        if (identity) {
          await rules.begin(session.userId, identity);
          return { data: { ...session, providerSessionId: identity.sessionId } };
        }
        if (await rules.decidesFor(session.userId)) throw new APIError('FORBIDDEN', { code: PROVIDER_DECIDES });
        return { data: session };
      },
    },
  },
});
