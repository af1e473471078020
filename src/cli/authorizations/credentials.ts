/** Credentials for an authorization: from the environment or standard input, never from flags. */
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type Variable, variableOf } from '../../compose/source-credentials.ts';
import { environmentVariable } from '../../config/environment.ts';
import {
  type ConfigurationField,
  findProvider,
  type Method,
  type Provider,
  providers,
} from '../../contracts/providers/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import {
  readSecretReference,
  type SecretReference,
  secretReferenceText,
} from '../../domain/values/secret-reference.ts';

export interface CredentialFlags {
  env?: Record<string, string>;
  stdin?: boolean;
  /** References to secrets outside the service. */
  reference?: Record<string, string>;
}

/** Collects `--env key=VARIABLE`. */
export function envOption(value: string, previous: Record<string, string> = {}): Record<string, string> {
  const [, key, variable] = /^(\w+)=(\w+)$/.exec(value) ?? [];
  if (key && variable) return { ...previous, [key]: variable };
  throw new LineupError('invalid_argument', '--env takes <key>=<VARIABLE>: the name of a variable, not its value.');
}

/** Collects `--reference key=file:/run/secrets/name`. */
export function referenceOption(value: string, previous: Record<string, string> = {}): Record<string, string> {
  const [key = '', ...rest] = value.split('=');
  const [kind = '', ...name] = rest.join('=').split(':');
  const reference = secretReferenceText({ kind: kind as SecretReference['kind'], name: name.join(':') });
  if (/^\w+$/.test(key) && readSecretReference(reference)) return { ...previous, [key]: reference };
  throw new LineupError(
    'invalid_argument',
    '--reference takes <key>=file:<path>, <key>=env:<VARIABLE> or <key>=program:<name>: where the service finds the secret, not the secret.',
  );
}

/** The providers that authorizations are for. */
export const withMethods: readonly Provider[] = providers.filter(({ methods }) => methods.length > 0);

/**
 * @param id without it, the first method of the provider
 * @throws {LineupError} `invalid_argument` with the methods of the provider
 */
export function methodOf(provider: string, id: string | undefined): Method {
  const methods = findProvider(provider)?.methods ?? [];
  const found = id === undefined ? methods[0] : methods.find((method) => method.id === id);
  if (found) return found;
  throw new LineupError(
    'invalid_argument',
    `The provider "${provider}" has no method "${id}". ${methods.length > 0 ? `It has ${idsOf(methods)}.` : 'Update this command line.'}`,
  );
}

export const idsOf = (methods: readonly Method[]): string => methods.map(({ id }) => id).join(', ');

/** @throws {LineupError} see fromEnvironment */
export async function readCredentials(
  method: Method,
  { env = {}, stdin, reference = {} }: CredentialFlags,
): Promise<Record<string, string>> {
  refuseUnknown('--reference', method, reference);
  const others = method.fields.filter(({ key }) => !Object.hasOwn(reference, key));
  // An optional secret of the environment belongs to its other secrets, not to one outside.
  const refersToSecret = method.fields.some(({ key, secret }) => secret && Object.hasOwn(reference, key));
  const isOwn = ({ key, secret, required }: ConfigurationField) => !secret || required || Object.hasOwn(env, key);
  const referring = { ...method, fields: refersToSecret ? others.filter(isOwn) : others };
  const given = stdin ? await fromStandardInput() : fromEnvironment(referring, env, environmentVariable);
  return { ...given, ...reference };
}

/**
 * The fields of a method from the variables that `--env` names, and all others from their usual ones. Optional fields
 * only if their variable is set.
 * @throws {LineupError} `invalid_argument` naming the field, `missing_credentials` naming every variable that is not
 * set
 */
export function fromEnvironment(
  method: Method,
  named: Readonly<Record<string, string>>,
  variable: Variable,
): Record<string, string> {
  refuseUnknown('--env', method, named);
  // An optional secret belongs to the other secrets: a session token to its key.
  const namesSecret = method.fields.some(({ key, secret }) => secret && Object.hasOwn(named, key));
  const wanted = method.fields.map((field) => {
    const isNamed = Object.hasOwn(named, field.key);
    const source = isNamed ? { ...field, variable: named[field.key], secondVariable: undefined } : field;
    const isUsed = isNamed || field.required || !(field.secret && namesSecret);
    return {
      field: source,
      mustBeSet: isNamed || field.required,
      set: isUsed && variableOf(source, variable),
    };
  });
  const lacking = wanted.filter(({ mustBeSet, set }) => mustBeSet && !set).map(({ field }) => field);
  const nameless = lacking.find((field) => field.variable === undefined);
  if (nameless) {
    throw new LineupError(
      'invalid_argument',
      `No variable is usual for ${nameless.key}. Name one with --env ${nameless.key}=<VARIABLE>, or give all fields as a JSON object on standard input with --stdin.`,
    );
  }
  if (lacking.length > 0) {
    throw new LineupError(
      'missing_credentials',
      `${lacking.map((field) => field.variable).join(' and ')} ${lacking.length === 1 ? 'is' : 'are'} not set in the environment.`,
    );
  }
  return Object.fromEntries(wanted.flatMap(({ field, set }) => (set ? [[field.key, set.value]] : [])));
}

function refuseUnknown(flag: string, { id, fields }: Method, named: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(named).find((key) => !fields.some((field) => field.key === key));
  if (unknown === undefined) return;
  throw new LineupError(
    'invalid_argument',
    `${flag}: the method "${id}" has no field "${unknown}". Its fields are ${fields.map(({ key }) => key).join(', ')}.`,
  );
}

/**
 * For credentials that replace others: with a method without required fields, nothing given would set all fields to
 * their defaults.
 * @throws {LineupError} `invalid_argument`
 */
export function refuseNothing({ id, fields }: Method, { env, stdin, reference }: CredentialFlags): void {
  if (env || stdin || reference || fields.some(({ required }) => required)) return;
  throw new LineupError(
    'invalid_argument',
    `The method "${id}" has no secret. Give all its fields that are not empty with --env <key>=<VARIABLE>, or as a JSON object on standard input with --stdin.`,
  );
}

const fromStandardInput = (): Promise<Record<string, string>> =>
  readStandardInput(
    z.record(z.string(), z.string()),
    'one JSON object of texts, such as {"access_key": "…", "secret_key": "…"}',
  );

/** @param content a description of the expected input, for the message @throws {LineupError} `invalid_argument` */
export async function readStandardInput<T>(schema: z.ZodType<T>, content: string): Promise<T> {
  const given = await text(process.stdin);
  try {
    return schema.parse(JSON.parse(given));
  } catch {
    // No cause, because it would contain the input.
    throw new LineupError('invalid_argument', `Standard input must hold ${content}.`);
  }
}
