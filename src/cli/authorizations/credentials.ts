/** Credentials for an authorization: from the environment or standard input, never from flags. */
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { environmentVariable } from '../../config/environment.ts';
import { LineupError } from '../../contracts/errors.ts';
import { findMethod, type Method } from '../../contracts/providers/index.ts';

export interface CredentialFlags {
  env?: Record<string, string>;
  stdin?: boolean;
}

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
  const found = findMethod(provider, method);
  if (!found) {
    throw new LineupError('invalid_argument', `The provider "${provider}" has no method "${method}".`);
  }
  if (flags.stdin) return fromStandardInput();
  return fromEnvironment(flags.env ?? usualVariables(found));
}

/** The variables that the command line takes these credentials from. Optional ones only if they are set. */
function usualVariables({ fields }: Method): Record<string, string> {
  const usual = fields.flatMap(({ key, required, variable }) =>
    variable && (required || environmentVariable(variable) !== undefined) ? [[key, variable] as const] : [],
  );
  if (usual.length > 0) return Object.fromEntries(usual);
  throw new LineupError(
    'invalid_argument',
    'Give the credentials with --env <key>=<VARIABLE>, or as a JSON object on standard input with --stdin.',
  );
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
