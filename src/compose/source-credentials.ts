/** The credentials of a source from the environment: the variables that the fields of its methods name. */
import { LineupError } from '../contracts/errors.ts';
import { findProvider, type Method } from '../contracts/providers/index.ts';

/** The value of an environment variable. Undefined when it is not set, or empty. */
export type Variable = (name: string) => string | undefined;

/**
 * The configuration of the method whose variables are set. If a provider has several methods, it is the one with the most of them.
 * @param id the provider's id in src/contracts/providers
 * @throws {LineupError} `missing_credentials`, `invalid_configuration`, both with the name of the variable
 */
export function credentialsFromEnvironment(id: string, variable: Variable): Record<string, string> {
  const provider = findProvider(id);
  const [method] = (provider?.methods ?? [])
    .map((one) => ({ one, values: valuesOf(one, variable), missing: missingOf(one, variable) }))
    .sort((a, b) => a.missing.length - b.missing.length || sizeOf(b.values) - sizeOf(a.values));
  if (!provider || !method) return {};
  const [missing] = method.missing;
  if (missing) {
    throw new LineupError(
      'missing_credentials',
      `${missing.variable ?? missing.key} is not set. Set it to the ${missing.label} of ${provider.label}. Secrets are never passed as flags.`,
    );
  }
  const read = method.one.configuration.safeParse(method.values);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const wrong = method.one.fields.find(({ key }) => key === issue?.path[0]);
  // No cause: it may hold the value of a secret.
  throw new LineupError(
    'invalid_configuration',
    `${wrong?.variable ?? id} cannot be used. ${issue?.message ?? ''}`,
  );
}

/** Whether a variable of the provider is set. */
export const hasCredentials = (id: string, variable: Variable): boolean =>
  (findProvider(id)?.methods ?? []).some((method) => sizeOf(valuesOf(method, variable)) > 0);

function valuesOf({ fields }: Method, variable: Variable): Record<string, string> {
  const given = fields.map(({ key, variable: name }) => [key, name && variable(name)] as const);
  return Object.fromEntries(given.flatMap(([key, value]) => (value ? [[key, value]] : [])));
}

const missingOf = ({ fields }: Method, variable: Variable) =>
  fields.filter(({ required, variable: name }) => required && !(name && variable(name)));

const sizeOf = (values: Record<string, string>): number => Object.keys(values).length;
