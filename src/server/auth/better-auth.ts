/**
 * Sign-in by better-auth: passwords (scrypt), sessions in the database, throttling, single sign-on by OpenID Connect.
 * Only the endpoints that `bridge.ts` calls can be reached. Nobody can sign up, and its own administration refuses
 * everybody, because no user has a role that it knows.
 */
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { type AdminOptions, admin, genericOAuth } from 'better-auth/plugins';
import { asPlainLine } from '../../domain/text/plain-text.ts';
import type { Secret } from '../../domain/values/secret.ts';
import type { Log } from '../log.ts';

/** The base path of the endpoints of better-auth. Browsers reach only the callback of OpenID Connect. */
export const AUTH_PATH = '/api/auth';
export const OIDC = 'oidc';
/** Only `bridge.ts` sets this header: the client address from Fastify, which knows the trusted proxies. */
export const CLIENT_ADDRESS = 'x-lineup-client-address';

const DAY = 24 * 60 * 60;
const MAX_NAME = 120;

/** A single sign-on provider. */
export interface OidcConfig {
  /** Its discovery document is `<issuer>/.well-known/openid-configuration`. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** For the button "Sign in with …". */
  readonly label: string;
  /** Whether people without an invitation become viewers at their first sign-in. */
  readonly createUsers: boolean;
}

/** The names of the tables and columns for better-auth. */
export type AuthTables = Required<
  Pick<BetterAuthOptions, 'user' | 'session' | 'account' | 'verification' | 'rateLimit'>
> & { readonly admin: AdminOptions['schema'] };

export interface SignInOptions {
  readonly database: BetterAuthOptions['database'];
  readonly tables: AuthTables;
  /** Signs cookies. All processes need the same one. */
  readonly secret: Secret;
  /** The URL of the server for browsers. Cookies are `Secure` when it is https. */
  readonly publicUrl: string;
  readonly oidc?: OidcConfig;
  readonly log: Log;
  /** How passwords are kept. Tests keep their invented ones with less work. @default scrypt */
  readonly passwords?: NonNullable<BetterAuthOptions['emailAndPassword']>['password'];
}

export type BetterAuth = ReturnType<typeof createBetterAuth>;

export function createBetterAuth(options: SignInOptions) {
  const { tables, oidc, log } = options;
  return betterAuth({
    appName: 'Lineup',
    baseURL: options.publicUrl,
    basePath: AUTH_PATH,
    secret: options.secret.reveal(),
    database: options.database,
    user: tables.user,
    session: { ...tables.session, expiresIn: 7 * DAY, updateAge: DAY },
    account: tables.account,
    verification: tables.verification,
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 12,
      maxPasswordLength: 200,
      password: options.passwords,
    },
    rateLimit: {
      ...tables.rateLimit,
      enabled: true,
      storage: 'database',
      // By client address, for right and wrong passwords, against floods. `admit` in handlers/sign-in.ts slows guesses
      // down before.
      customRules: {
        '/sign-in/email': { window: 60, max: 30 },
        '/change-password': { window: 60, max: 30 },
      },
    },
    advanced: {
      cookiePrefix: 'lineup',
      useSecureCookies: options.publicUrl.startsWith('https:'),
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS] },
    },
    // Names from a single sign-on provider must follow the rules for names.
    databaseHooks: {
      user: {
        create: {
          before: async (user) => ({
            data: { ...user, name: asPlainLine(user.name).slice(0, MAX_NAME) || user.email },
          }),
        },
      },
    },
    plugins: [
      admin({ schema: tables.admin, defaultRole: 'viewer', bannedUserMessage: 'This user is disabled.' }),
      ...(oidc ? [singleSignOn(oidc)] : []),
    ],
    telemetry: { enabled: false },
    // The other arguments may hold e-mail addresses and headers, so they are not logged.
    logger: { level: 'warn', log: (level, message) => log[level]({ part: 'sign-in' }, message) },
  });
}

function singleSignOn(oidc: OidcConfig) {
  return genericOAuth({
    config: [
      {
        providerId: OIDC,
        // regex-bounded: a setting of the operator's own
        discoveryUrl: `${oidc.issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`,
        // The identity must come from a verified token, also when the discovery document is incomplete.
        requireIdTokenVerification: true,
        clientId: oidc.clientId,
        clientSecret: oidc.clientSecret.reveal(),
        scopes: ['openid', 'email', 'profile'],
        disableSignUp: !oidc.createUsers,
      },
    ],
  });
}
