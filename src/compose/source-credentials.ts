/** The credentials of a source from the environment: the variables that the fields of its methods name. */

import { type ConfigurationField, findProvider, type Method, type Provider } from '../contracts/providers/index.ts';
import { LineupError } from '../domain/errors/errors.ts';

/** The value of an environment variable. Undefined when it is not set, or empty. */
export type Variable = (name: string) => string | undefined;

/** A variable that is set. */
export interface SetVariable {
  readonly name: string;
  readonly value: string;
}

/** The variable with the value of a field. Undefined when none is set. */
export function variableOf(
  { variable: first, secondVariable: second }: ConfigurationField,
  variable: Variable,
): SetVariable | undefined {
  for (const name of [first, second]) {
    const value = name && variable(name);
    if (name && value) return { name, value };
  }
  return undefined;
}

/** Whether somebody set a variable of the provider. */
export const hasCredentials = (id: string, variable: Variable): boolean =>
  (findProvider(id)?.methods ?? []).some(({ fields }) =>
    fields.some((field) => !field.ambient && variableOf(field, variable)),
  );

/**
 * The configuration of the method whose variables are set. If a provider has several methods, it is the one with the
 * most of them. A method without a secret uses the identity of the machine. It is taken only if no variable of another
 * method is set.
 * @param id the provider's id in src/contracts/providers
 * @throws {LineupError} `missing_credentials`, `invalid_configuration`, both with the name of the variable
 */
export function credentialsFromEnvironment(id: string, variable: Variable): Record<string, string> {
  const provider = findProvider(id);
  const choices = (provider?.methods ?? [])
    .map((method) => choiceOf(method, variable))
    .sort((a, b) => a.missing.length - b.missing.length || b.given.length - a.given.length);
  const own = choices.find(({ method }) => hasSecret(method));
  const ofMachine = choices.find(({ method }) => !hasSecret(method));
  if (!provider) return {};
  if (own && (own.missing.length === 0 || !ofMachine)) return valuesOf(own, provider);
  if (!ofMachine) return {};
  for (const choice of choices) refuseHalf(provider, choice, ofMachine);
  if (own && ofMachine.missing.length > 0) throw neither(provider, own, ofMachine);
  return valuesOf(ofMachine, provider);
}

/** A method, and what the environment has for it. */
interface Choice {
  readonly method: Method;
  readonly given: readonly { readonly field: ConfigurationField; readonly set: SetVariable }[];
  /** Its required fields without a value. */
  readonly missing: readonly ConfigurationField[];
}

function choiceOf(method: Method, variable: Variable): Choice {
  const all = method.fields.map((field) => ({ field, set: variableOf(field, variable) }));
  return {
    method,
    given: all.flatMap(({ field, set }) => (set ? [{ field, set }] : [])),
    missing: all.flatMap(({ field, set }) => (field.required && !set ? [field] : [])),
  };
}

const hasSecret = ({ fields }: Method): boolean => fields.some(({ required, secret }) => required && secret);

/**
 * Who set a part of another method did not mean the identity of the machine: the secret of a pipeline may be empty by
 * mistake, and the machine may read, or pay for, something else.
 */
function refuseHalf({ label }: Provider, { given, missing }: Choice, ofMachine: Choice): void {
  const known = new Set(ofMachine.method.fields.map(({ variable }) => variable));
  const others = given.filter(({ field }) => !known.has(field.variable)).map(({ set }) => set.name);
  const [first] = missing;
  if (others.length === 0 || !first) return;
  const names = others.join(' and ');
  const [verb, isNot, put] =
    missing.length === 1 ? ['is', 'it', `it to the ${first.label} of ${label}`] : ['are', 'them', 'them'];
  throw missingCredentials(
    `${missing.map(nameOf).join(' and ')} ${verb} not set, but ${names} ${others.length === 1 ? 'works' : 'work'} only together with ${isNot}. Set ${put}, or unset ${names} to use the credentials of the machine.`,
  );
}

function neither({ label }: Provider, own: Choice, ofMachine: Choice): LineupError {
  const [secret] = own.missing;
  const enough = ofMachine.missing.map(nameOf).join(' and ');
  const name = secret && nameOf(secret);
  return missingCredentials(
    `${name} and ${enough} are not set. Set ${name} to the ${secret?.label} of ${label}, or only ${enough} to use the credentials of the machine. ${NO_FLAGS}`,
  );
}

const NO_FLAGS = 'Secrets are never passed as flags.';

const missingCredentials = (message: string): LineupError => new LineupError('missing_credentials', message);

const nameOf = ({ variable, key }: ConfigurationField): string => variable ?? key;

/** @throws {LineupError} `missing_credentials`, `invalid_configuration` */
function valuesOf({ method, given, missing: [first] }: Choice, { id, label }: Provider): Record<string, string> {
  if (first) {
    throw missingCredentials(`${nameOf(first)} is not set. Set it to the ${first.label} of ${label}. ${NO_FLAGS}`);
  }
  const values = Object.fromEntries(given.map(({ field, set }) => [field.key, set.value]));
  const read = method.configuration.safeParse(values);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const wrong = given.find(({ field }) => field.key === issue?.path[0]);
  // No cause: it may hold the value of a secret.
  throw new LineupError('invalid_configuration', `${wrong?.set.name ?? id} cannot be used. ${issue?.message ?? ''}`);
}
