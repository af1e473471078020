/**
 * Sign-in by better-auth: passwords (scrypt), sessions in the database, throttling, single sign-on by OpenID Connect.
 * Only the endpoints that `bridge.ts` calls can be reached. Nobody can sign up, and its own administration refuses
 * everybody, because no user has a role that it knows.
 */
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { type AdminOptions, admin } from 'better-auth/plugins';
import type { Secret } from '../../domain/values/secret.ts';
import type { Log } from '../log.ts';
import { type SignOn, signOnHooks, signOnPlugin } from './single-sign-on.ts';

/** The base path of the endpoints of better-auth. Browsers reach only the callback of OpenID Connect. */
export const AUTH_PATH = '/api/auth';
/** Only `bridge.ts` sets this header: the client address from Fastify, which knows the trusted proxies. */
export const CLIENT_ADDRESS = 'x-lineup-client-address';

const DAY = 24 * 60 * 60;

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
  readonly oidc?: SignOn | undefined;
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
    databaseHooks: oidc ? signOnHooks(oidc) : {},
    plugins: [
      admin({ schema: tables.admin, defaultRole: 'viewer', bannedUserMessage: 'This user is disabled.' }),
      ...(oidc ? [signOnPlugin(oidc)] : []),
    ],
    telemetry: { enabled: false },
    // The other arguments may hold e-mail addresses and headers, so they are not logged.
    logger: { level: 'warn', log: (level, message) => log[level]({ part: 'sign-in' }, message) },
  });
}
