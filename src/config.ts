/**
 * The only reader of the environment. Each value is checked where it is asked for, so that a command only
 * needs what it uses; an unusable value stops the program with its name.
 */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { LineupError } from './contracts/errors.ts';
import { Secret } from './contracts/secret.ts';

export interface Config {
  readonly dataDirectory: string;
  readonly lineAdsBaseUrl: string;
  /** How this program was called; commands that are shown to be copied begin with it. */
  readonly command: string;
  /** @throws {LineupError} `missing_credentials` naming the variables that are not set */
  lineAdsKeys(): LineAdsKeys;
  /** Whether both keys are set; a half-set pair is a mistake in any case. */
  hasLineAdsKeys(): boolean;
  /** What lets this program read members that are in no file. */
  sources(): SourceCredentials;
  /** Where the service is, and what lets this program in; undefined when LINEUP_URL is not set. */
  remote(): Remote | undefined;
  /** What a process of the service is started with. */
  server(): ServerSettings;
}

export interface SourceCredentials {
  readonly lyticsToken: Secret | undefined;
  /** @default Lytics' own */
  readonly lyticsOrigin: string | undefined;
  readonly postgresUrl: Secret | undefined;
}

export interface Remote {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: Secret;
}

export interface ServerSettings {
  /** PostgreSQL; without it, PGlite in the data directory. */
  readonly databaseUrl: string | undefined;
  /** Without it, the key file of the data directory. */
  readonly secretKey: Secret | undefined;
  /** Where browsers find the server, if that is not where it listens. */
  readonly publicUrl: string | undefined;
  /** Whose `X-Forwarded-*` are believed: nobody's, or those of proxies with these addresses. */
  readonly trustProxy: false | string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly oidc: Oidc | undefined;
  /** Where uploaded files lie; without it, in the data directory. */
  readonly uploadsDirectory: string | undefined;
  /** The largest file that may be uploaded. */
  readonly uploadMaxBytes: number | undefined;
  /** What may be connected to inside the network, beside what the settings list; checked where the service starts. */
  readonly internalHosts: readonly string[];
  /** What one process that reads a source may take. */
  readonly readerMemoryBytes: number | undefined;
  /** Runs of this process at the same time. */
  readonly concurrency: number | undefined;
  /** How many hours of errors in a row a job is retried before it has failed. */
  readonly retryHours: number | undefined;
}

export interface Oidc {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly label: string;
  readonly createUsers: boolean;
}

export interface LineAdsKeys {
  readonly accessKey: string;
  readonly secretKey: string;
}

const DEFAULT_BASE_URL = 'https://ads.line.me/api';
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** @throws {LineupError} `invalid_configuration` for a value that cannot be used */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const text = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const keys = {
    LINE_ADS_ACCESS_KEY: text('LINE_ADS_ACCESS_KEY'),
    LINE_ADS_SECRET_KEY: text('LINE_ADS_SECRET_KEY'),
  };
  const missing = Object.entries(keys).flatMap(([name, value]) => (value ? [] : [name]));
  for (const [name, value] of Object.entries(keys)) {
    if (value && /[^\x21-\x7e]/.test(value)) {
      throw new LineupError(
        'invalid_configuration',
        `${name} holds a space or a character that no key of LINE's has: copy it again.`,
      );
    }
  }
  return {
    dataDirectory: resolve(text('LINEUP_DATA_DIR') ?? '.lineup'),
    lineAdsBaseUrl:
      httpUrl('LINE_ADS_BASE_URL', text('LINE_ADS_BASE_URL'), DEFAULT_BASE_URL) ?? DEFAULT_BASE_URL,
    command: text('LINEUP_COMMAND') ?? 'lineup',
    hasLineAdsKeys: () => missing.length < 2,
    lineAdsKeys: () => {
      if (missing.length > 0) {
        throw new LineupError(
          'missing_credentials',
          `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set. Set the keys of your LINE Ads API user in the environment; they are never passed as flags. To try without LINE: lineup simulate line-ads.`,
        );
      }
      return { accessKey: keys.LINE_ADS_ACCESS_KEY ?? '', secretKey: keys.LINE_ADS_SECRET_KEY ?? '' };
    },
    sources: () => ({
      lyticsToken: secret(text('LYTICS_API_TOKEN')),
      lyticsOrigin: originOnly('LYTICS_ORIGIN', text('LYTICS_ORIGIN'), 'https://api.lytics.io'),
      postgresUrl: secret(text('LINEUP_POSTGRES_URL')),
    }),
    remote: () => {
      const url = httpUrl('LINEUP_URL', text('LINEUP_URL'), 'https://lineup.example.com');
      const token = text('LINEUP_TOKEN');
      if (url === undefined) return undefined;
      if (token === undefined) {
        throw new LineupError(
          'missing_credentials',
          'LINEUP_TOKEN is not set: give an API token of the service that LINEUP_URL names.',
        );
      }
      return { url, token: new Secret(token) };
    },
    server: () => ({
      databaseUrl: text('DATABASE_URL'),
      secretKey: secret(text('LINEUP_SECRET_KEY')),
      publicUrl: ownHost(
        'LINEUP_PUBLIC_URL',
        httpUrl('LINEUP_PUBLIC_URL', text('LINEUP_PUBLIC_URL'), 'https://lineup.example.com'),
      ),
      trustProxy: trustProxy(text('LINEUP_TRUST_PROXY')),
      logLevel: oneOf('LINEUP_LOG_LEVEL', text('LINEUP_LOG_LEVEL') ?? 'info', LOG_LEVELS),
      oidc: oidc(text),
      uploadsDirectory: path(text('LINEUP_UPLOADS_DIR')),
      uploadMaxBytes: megabytes('LINEUP_UPLOAD_MAX_MB', text('LINEUP_UPLOAD_MAX_MB')),
      internalHosts: list(text('LINEUP_INTERNAL_HOSTS')),
      readerMemoryBytes: megabytes('LINEUP_READER_MEMORY_MB', text('LINEUP_READER_MEMORY_MB'), 256),
      concurrency: wholeNumber('LINEUP_CONCURRENCY', text('LINEUP_CONCURRENCY'), 64),
      retryHours: wholeNumber('LINEUP_RETRY_HOURS', text('LINEUP_RETRY_HOURS'), 24 * 30),
    }),
  };
}

/** A variable by a name that somebody gave (`${env:…}` of a file, `--env` of a command); undefined when it is not set. */
export const environmentVariable = (
  name: string,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined => environment[name]?.trim() || undefined;

/** What a reader process needs of it: to find programs, and to reach servers as this process would. */
const OF_READERS = [
  'PATH',
  'TMPDIR',
  'TZ',
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_USE_ENV_PROXY',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
];

/** The environment of a process that reads sources: no key, no database, no data directory. */
export const readerEnvironment = (environment: NodeJS.ProcessEnv = process.env): Record<string, string> =>
  Object.fromEntries(
    OF_READERS.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );

/** What reading the environment anyway comes to: unusable values are left out, and told. */
export interface TolerantConfig {
  readonly config: Config;
  /** A sentence for each unusable value, which names its variable and never shows it. */
  readonly problems: readonly string[];
}

/** The sentence about a variable without what it held: somebody may have set a secret to the wrong one. */
export const withoutValue = (message: string): string => message.replace(/,? and got ".*"/s, '');

/** For whoever must be able to look at an installation whose configuration is wrong. */
export function readConfigAnyway(environment: NodeJS.ProcessEnv = process.env): TolerantConfig {
  const left = { ...environment };
  const problems: string[] = [];
  for (;;) {
    try {
      const config = readConfig(left);
      config.server();
      config.sources();
      config.remote();
      return { config, problems };
    } catch (error) {
      if (!(error instanceof LineupError)) throw error;
      problems.push(withoutValue(error.message));
      // regex-bounded: a message of our own
      const named = (error.message.match(/\b[A-Z][A-Z_]+\b/g) ?? []).filter(
        (name) => left[name] !== undefined,
      );
      if (named.length === 0) throw error;
      for (const name of named) delete left[name];
    }
  }
}

/** How this machine is set up around the program: for a look at it, not for work. */
export interface Surroundings {
  /** The content of TZ. */
  readonly timeZone: string | undefined;
  readonly proxy: {
    /** Scheme, host and port, never the credentials. */
    readonly https: string | undefined;
    readonly http: string | undefined;
    /** How many hosts NO_PROXY lists. */
    readonly exceptions: number;
    /** Whether Node.js was told to use them. */
    readonly used: boolean;
    readonly certificates: boolean;
  };
}

export function readSurroundings(environment: NodeJS.ProcessEnv = process.env): Surroundings {
  const either = (name: string) => environment[name.toLowerCase()]?.trim() || environment[name]?.trim();
  const place = (name: string) => {
    const value = either(name);
    if (!value) return undefined;
    const url = URL.parse(value);
    return url?.host ? `${url.protocol}//${url.host}` : 'with a value that is no URL';
  };
  const flag = '--use-env-proxy';
  return {
    timeZone: environment.TZ?.trim() || undefined,
    proxy: {
      https: place('HTTPS_PROXY'),
      http: place('HTTP_PROXY'),
      exceptions: list(either('NO_PROXY')).length,
      used:
        environment.NODE_USE_ENV_PROXY === '1' ||
        process.execArgv.includes(flag) ||
        (environment.NODE_OPTIONS ?? '').split(/\s+/).includes(flag),
      certificates: Boolean(environment.NODE_EXTRA_CA_CERTS || environment.SSL_CERT_FILE),
    },
  };
}

/** LINEUP_DEBUG=1: faults of our own are shown with their stack. */
export const isDebugging = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  Boolean(environment.LINEUP_DEBUG);

const secret = (value: string | undefined): Secret | undefined =>
  value === undefined ? undefined : new Secret(value);

function oneOf<T extends string>(name: string, value: string, values: readonly T[]): T {
  const known = values.find((candidate) => candidate === value.toLowerCase());
  if (known) return known;
  throw new LineupError('invalid_configuration', `${name} takes ${values.join(', ')}, and got "${value}".`);
}

function wholeNumber(name: string, value: string | undefined, most: number, least = 1): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  throw new LineupError(
    'invalid_configuration',
    `${name} takes a whole number from ${least} to ${most}, and got "${value}".`,
  );
}

const path = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : resolve(value);

function megabytes(name: string, value: string | undefined, least = 1): number | undefined {
  const number = wholeNumber(name, value, 1_000_000, least);
  return number && number * 1_000_000;
}

/** Texts with commas between them. */
const list = (value = ''): readonly string[] =>
  value
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

/**
 * `false`, or the proxies' addresses or networks: a comma between them. Not `true`: whoever reaches the service without the proxy
 * could then say of themselves what they like, and each guess at a password would come from another address.
 */
function trustProxy(value = 'false'): false | string {
  if (/^false$/i.test(value)) return false;
  const isNetwork = (text: string) => {
    const [, address = '', bits = '1'] = /^([^/]*)(?:\/(\d+))?$/.exec(text) ?? [];
    const version = isIP(address);
    return version !== 0 && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128);
  };
  if (value.split(',').every((one) => isNetwork(one.trim()))) return value;
  throw new LineupError(
    'invalid_configuration',
    `LINEUP_TRUST_PROXY takes false, or the addresses of your proxies such as 10.0.0.1 or 10.0.0.0/8 with commas between them, and got "${value}". Without an address anybody could pretend to be the proxy.`,
  );
}

/** Scheme, host and port alone. */
function originOnly(name: string, value: string | undefined, example: string): string | undefined {
  const url = httpUrl(name, value, example);
  if (url === undefined || new URL(url).pathname === '/') return url;
  throw new LineupError(
    'invalid_configuration',
    `${name} has a path: give the origin alone, like ${example}.`,
  );
}

/** The web app has a host for itself: its addresses begin at the root. */
function ownHost(name: string, url: string | undefined): string | undefined {
  if (url === undefined || new URL(url).pathname === '/') return url;
  throw new LineupError(
    'invalid_configuration',
    `${name} has a path: give a host, or a port, that is Lineup's alone, like https://lineup.example.com.`,
  );
}

/** Single sign-on: three variables that go together, and two that need not be set. */
function oidc(text: (name: string) => string | undefined): Oidc | undefined {
  const needed = ['LINEUP_OIDC_ISSUER', 'LINEUP_OIDC_CLIENT_ID', 'LINEUP_OIDC_CLIENT_SECRET'];
  const missing = needed.filter((name) => text(name) === undefined);
  if (missing.length === needed.length) return undefined;
  const issuer = httpUrl('LINEUP_OIDC_ISSUER', text('LINEUP_OIDC_ISSUER'), 'https://login.example.com');
  const clientSecret = secret(text('LINEUP_OIDC_CLIENT_SECRET'));
  if (!issuer || !clientSecret || missing.length > 0) {
    throw new LineupError(
      'invalid_configuration',
      `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set: single sign-on needs ${needed.join(', ')}.`,
    );
  }
  return {
    issuer,
    clientId: text('LINEUP_OIDC_CLIENT_ID') ?? '',
    clientSecret,
    label: text('LINEUP_OIDC_LABEL') ?? 'Single sign-on',
    createUsers:
      oneOf('LINEUP_OIDC_CREATE_USERS', text('LINEUP_OIDC_CREATE_USERS') ?? 'false', ['true', 'false']) ===
      'true',
  };
}

function httpUrl(name: string, value: string | undefined, example: string): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  const usable =
    url &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    !url.username &&
    !url.search &&
    !url.hash;
  if (!usable) {
    throw new LineupError('invalid_configuration', `${name} is not a usable URL: give one like ${example}.`);
  }
  // regex-bounded: a setting of the operator's own
  return value.replace(/\/+$/, '');
}
