/**
 * The only reader of the environment. Each value is checked where it is asked for, so that a command only
 * needs what it uses; an unusable value stops the program with its name.
 */
import { resolve } from 'node:path';
import { LineupError } from './contracts/errors.ts';

export interface Config {
  readonly dataDirectory: string;
  readonly lineAdsBaseUrl: string;
  /** How this program was called; commands that are shown to be copied begin with it. */
  readonly command: string;
  /** @throws {LineupError} `missing_credentials` naming the variables that are not set */
  lineAdsKeys(): LineAdsKeys;
  /** Whether both keys are set; a half-set pair is a mistake in any case. */
  hasLineAdsKeys(): boolean;
}

export interface LineAdsKeys {
  readonly accessKey: string;
  readonly secretKey: string;
}

const DEFAULT_BASE_URL = 'https://ads.line.me/api';

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
    lineAdsBaseUrl: baseUrl(text('LINE_ADS_BASE_URL')),
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
  };
}

/** LINEUP_DEBUG=1: faults of our own are shown with their stack. */
export const isDebugging = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  Boolean(environment.LINEUP_DEBUG);

function baseUrl(value: string | undefined): string {
  if (value === undefined) return DEFAULT_BASE_URL;
  const url = URL.parse(value);
  const usable =
    url &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    !url.username &&
    !url.search &&
    !url.hash;
  if (!usable) {
    throw new LineupError(
      'invalid_configuration',
      `LINE_ADS_BASE_URL is not a usable URL: give one like ${DEFAULT_BASE_URL}.`,
    );
  }
  return value.replace(/\/+$/, '');
}
