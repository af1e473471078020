/**
 * The texts of the environment, and what follows from them without a rule. Only the files of this folder read the
 * environment. Every command loads this file, so it imports nothing.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** The text of a variable; undefined when it is not set or blank. */
export const textOf = (name: string, environment: Environment): string | undefined =>
  environment[name]?.trim() || undefined;

/** A variable by a name that the user gave (`${env:…}` in a file, `--env` of a command); undefined when it is not set. */
export const environmentVariable = (
  name: string,
  environment: Environment = process.env,
): string | undefined => textOf(name, environment);

/** The texts between commas. */
export const commaSeparated = (value: string): readonly string[] =>
  value
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

/** LINEUP_DEBUG=1: errors in our own code are shown with their stack. */
export const isDebugging = (environment: Environment = process.env): boolean =>
  Boolean(environment.LINEUP_DEBUG);

/** What a reader process needs to find programs, and to reach servers as this process does. */
const READER_VARIABLES = [
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

/**
 * Whether authorizations may use the credentials of the machine: its environment, its profiles, or its role in a cloud. The operator
 * decides it, because every editor may create an authorization.
 */
export const allowsMachineCredentials = (environment: Environment = process.env): boolean =>
  textOf('LINEUP_MACHINE_CREDENTIALS', environment)?.toLowerCase() === 'true';

/** Where the libraries of clouds look for the credentials of a machine. */
const ofMachine = (name: string): boolean => /^(AWS|GOOGLE|CLOUDSDK|GCE)_/.test(name) || name === 'HOME';

/**
 * The environment of a process that reads sources: no key, no database, no data directory. It has credentials of the machine only if
 * the operator allows it.
 */
export const readerEnvironment = (environment: Environment = process.env): Record<string, string> => {
  const machine = allowsMachineCredentials(environment) ? Object.keys(environment).filter(ofMachine) : [];
  return Object.fromEntries(
    [...READER_VARIABLES, ...machine].flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
};

/** How this machine is set up around the program. Only `lineup doctor` looks at it. */
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

export function readSurroundings(environment: Environment = process.env): Surroundings {
  const either = (name: string) => textOf(name.toLowerCase(), environment) ?? textOf(name, environment);
  const origin = (name: string) => {
    const value = either(name);
    if (value === undefined) return undefined;
    const url = URL.parse(value);
    return url?.host ? `${url.protocol}//${url.host}` : 'with an invalid URL';
  };
  const flag = '--use-env-proxy';
  return {
    timeZone: textOf('TZ', environment),
    proxy: {
      https: origin('HTTPS_PROXY'),
      http: origin('HTTP_PROXY'),
      exceptions: commaSeparated(either('NO_PROXY') ?? '').length,
      used:
        environment.NODE_USE_ENV_PROXY === '1' ||
        process.execArgv.includes(flag) ||
        (environment.NODE_OPTIONS ?? '').split(/\s+/).includes(flag),
      certificates: Boolean(environment.NODE_EXTRA_CA_CERTS || environment.SSL_CERT_FILE),
    },
  };
}
