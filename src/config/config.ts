/**
 * The configuration of this program, from the environment. Each group of values is read when a command asks for it, so
 * that a command needs only what it uses. A value that cannot be used ends the program with the name of its variable.
 */
import { resolve } from 'node:path';
import { LineupError } from '../domain/errors/errors.ts';
import { Secret } from '../domain/values/secret.ts';
import { readTraceparent, writeTraceparent } from '../domain/values/traceparent.ts';
import { calledAs, type Environment, textOf, withoutValue } from './environment.ts';
import type { ServerSettings } from './server-settings.ts';
import type { VariableName, VariableValue } from './variables.ts';

export type { ServerSettings };

export interface Config {
  readonly dataDirectory: string;
  /** The URLs of the destinations' APIs, or of simulators, by the id of the destination. Missing: the real one. */
  readonly baseUrls: BaseUrls;
  /** @throws {LineupError} `missing_credentials` naming the variables that are not set */
  lineAdsKeys(): LineAdsKeys;
  /** Whether at least one key is set. One key without the other is a mistake, and `lineAdsKeys` says so. */
  hasLineAdsKeys(): boolean;
  /** The value of a variable that an entry in src/contracts/providers names. */
  variable(name: string): string | undefined;
  /** The running service and a token for it; undefined when LINEUP_URL is not set. */
  remote(): Promise<Remote | undefined>;
  server(): Promise<ServerSettings>;
}

export interface Remote {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: Secret;
  /** The span that has started this command. */
  readonly traceparent: string | undefined;
}

export type BaseUrls = { readonly line_ads: string } & Readonly<Partial<Record<string, string>>>;

export interface LineAdsKeys {
  readonly accessKey: string;
  readonly secretKey: string;
}

const LINE_ADS_BASE_URL = 'https://ads.line.me/api';

/** @throws {LineupError} `invalid_configuration` for a value that cannot be used */
export async function readConfig(environment: Environment = process.env): Promise<Config> {
  const keys = {
    LINE_ADS_ACCESS_KEY: textOf('LINE_ADS_ACCESS_KEY', environment),
    LINE_ADS_SECRET_KEY: textOf('LINE_ADS_SECRET_KEY', environment),
  };
  for (const [name, value] of Object.entries(keys)) refuseDamagedKey(name, value);
  const missing = Object.entries(keys).flatMap(([name, value]) => (value ? [] : [name]));
  return {
    dataDirectory: resolve(textOf('LINEUP_DATA_DIR', environment) ?? '.lineup'),
    baseUrls: await readBaseUrls(environment),
    hasLineAdsKeys: () => missing.length < 2,
    lineAdsKeys: () => {
      if (missing.length > 0) {
        throw new LineupError(
          'missing_credentials',
          `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set. Set the keys of your LINE Ads API user in the environment; they are never passed as flags. To try without LINE: ${calledAs(environment)} simulate line-ads.`,
        );
      }
      return { accessKey: keys.LINE_ADS_ACCESS_KEY ?? '', secretKey: keys.LINE_ADS_SECRET_KEY ?? '' };
    },
    variable: (name) => textOf(name, environment),
    remote: () => readRemote(environment),
    server: async () => (await import('./server-settings.ts')).readServerSettings(environment),
  };
}

/**
 * Checked without Zod: these keys are set in most environments, and commands such as `prepare` do not load Zod
 * otherwise.
 */
function refuseDamagedKey(name: string, value: string | undefined): void {
  if (value === undefined || /^[\x21-\x7e]+$/.test(value)) return;
  throw new LineupError(
    'invalid_configuration',
    `${name} contains a space or an invalid character. Copy the key from LINE again.`,
  );
}

const secretOf = (name: string, environment: Environment): Secret | undefined => {
  const value = textOf(name, environment);
  return value === undefined ? undefined : new Secret(value);
};

/** Loads the rules only when the variable is set. */
async function readIfSet<Name extends VariableName>(
  name: Name,
  environment: Environment,
): Promise<VariableValue<Name> | undefined> {
  if (textOf(name, environment) === undefined) return undefined;
  const { readVariable } = await import('./variables.ts');
  return readVariable(name, environment);
}

async function readBaseUrls(environment: Environment): Promise<BaseUrls> {
  const lyAds = await readIfSet('LY_ADS_BASE_URL', environment);
  const officialAccount = await readIfSet('LINE_OFFICIAL_ACCOUNT_BASE_URL', environment);
  return {
    line_ads: (await readIfSet('LINE_ADS_BASE_URL', environment)) ?? LINE_ADS_BASE_URL,
    ...(lyAds !== undefined && { ly_ads: lyAds }),
    ...(officialAccount !== undefined && { line_official_account: officialAccount }),
  };
}

async function readRemote(environment: Environment): Promise<Remote | undefined> {
  const url = await readIfSet('LINEUP_URL', environment);
  if (url === undefined) return undefined;
  const token = secretOf('LINEUP_TOKEN', environment);
  if (token === undefined) {
    throw new LineupError(
      'missing_credentials',
      `LINEUP_TOKEN is not set. Set it to an API token of the service at LINEUP_URL. Make one in the web app (Settings → API tokens); "${calledAs(environment)} tokens create --help" shows how to do it without a browser.`,
    );
  }
  const parent = readTraceparent(textOf('TRACEPARENT', environment));
  return { url, token, traceparent: parent && writeTraceparent(parent) };
}

/** A configuration that leaves out the values that cannot be used. */
export interface TolerantConfig {
  readonly config: Config;
  /** A sentence for each of these values. It names the variable and never shows the value. */
  readonly problems: readonly string[];
}

/** For commands that must look at an installation although its configuration is wrong. */
export async function readConfigAnyway(environment: Environment = process.env): Promise<TolerantConfig> {
  const usable = { ...environment };
  const problems: string[] = [];
  for (;;) {
    try {
      const config = await readConfig(usable);
      await config.server();
      await config.remote();
      return { config, problems };
    } catch (error) {
      if (!(error instanceof LineupError)) throw error;
      problems.push(withoutValue(error.message));
      // regex-bounded: a message of our own
      const named = (error.message.match(/\b[A-Z][A-Z_]+\b/g) ?? []).filter((name) => usable[name] !== undefined);
      if (named.length === 0) throw error;
      for (const name of named) delete usable[name];
    }
  }
}
