/** Credentials for an authorization: from the environment or standard input, never from flags. */
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { environmentVariable } from '../../config/environment.ts';
import { LineupError } from '../../contracts/errors.ts';
import { findMethod } from '../../contracts/providers.ts';

export interface CredentialFlags {
  env?: Record<string, string>;
  stdin?: boolean;
}

/** The default variables for the fields of a method. */
const usual: Record<string, Record<string, string>> = {
  line_ads_api_key: { access_key: 'LINE_ADS_ACCESS_KEY', secret_key: 'LINE_ADS_SECRET_KEY' },
};

/** Collects `--env key=VARIABLE`. */
export function envOption(value: string, previous: Record<string, string> = {}): Record<string, string> {
  const [, key, variable] = /^(\w+)=(\w+)$/.exec(value) ?? [];
  if (key && variable) return { ...previous, [key]: variable };
  throw new LineupError(
    'invalid_argument',
    '--env takes <key>=<VARIABLE>: the name of a variable, not its value.',
  );
}

/** @throws {LineupError} `invalid_argument`, `missing_credentials` naming every variable that is not set */
export async function readCredentials(
  provider: string,
  method: string,
  flags: CredentialFlags,
): Promise<Record<string, string>> {
  if (!findMethod(provider, method)) {
    throw new LineupError('invalid_argument', `The provider "${provider}" has no method "${method}".`);
  }
  if (flags.stdin) return fromStandardInput();
  const variables = flags.env ?? usual[method];
  if (!variables) {
    throw new LineupError(
      'invalid_argument',
      'Give the credentials with --env <key>=<VARIABLE>, or as a JSON object on standard input with --stdin.',
    );
  }
  return fromEnvironment(variables);
}

function fromEnvironment(variables: Record<string, string>): Record<string, string> {
  const values = Object.entries(variables).map(
    ([key, variable]) => [key, variable, environmentVariable(variable)] as const,
  );
  const missing = values.flatMap(([, variable, value]) => (value === undefined ? [variable] : []));
  if (missing.length > 0) {
    throw new LineupError(
      'missing_credentials',
      `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set in the environment.`,
    );
  }
  return Object.fromEntries(values.map(([key, , value]) => [key, value ?? '']));
}

const fromStandardInput = (): Promise<Record<string, string>> =>
  readStandardInput(
    z.record(z.string(), z.string()),
    'one JSON object of texts, such as {"access_key": "…", "secret_key": "…"}',
  );

/** @param what a description of the expected input, for the message @throws {LineupError} `invalid_argument` */
export async function readStandardInput<T>(schema: z.ZodType<T>, what: string): Promise<T> {
  const given = await text(process.stdin);
  try {
    return schema.parse(JSON.parse(given));
  } catch {
    // No cause, because it would contain the input.
    throw new LineupError('invalid_argument', `Standard input must hold ${what}.`);
  }
}
