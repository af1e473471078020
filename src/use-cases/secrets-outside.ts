/** Credentials whose secrets are outside Lineup: read at each use, and kept nowhere. */
import { findMethod } from '../contracts/providers/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { mayDo, type Role } from '../domain/people/people.ts';
import { internalFact, sentence } from '../domain/text/sentence.ts';
import type { Secret } from '../domain/values/secret.ts';
import { isSecretReference, secretReferencesIn } from '../domain/values/secret-reference.ts';

/** Reads the value of a reference. @throws {LineupError} `secret_unavailable` */
export type ReadSecret = (reference: string) => Promise<Secret>;

interface Referring {
  readonly provider: string;
  readonly method: string;
  readonly configuration: Record<string, string>;
}

interface Checked<T> {
  readonly data?: T | undefined;
  readonly error?: { readonly issues: readonly { readonly path: readonly PropertyKey[] }[] } | undefined;
}

/** Those of an authorization. @throws {LineupError} `secret_unavailable` */
export const withSecrets = (
  { provider, method, configuration }: Referring,
  read: ReadSecret,
): Promise<Record<string, string>> =>
  withValues(configuration, (whole) => findMethod(provider, method)?.configuration.safeParse(whole) ?? {}, read);

/**
 * The configuration with the values that its references name.
 * @param check of the whole configuration, as it is used
 * @throws {LineupError} `secret_unavailable`, with the reference and never the value
 */
export async function withValues<T extends Readonly<Record<string, unknown>>>(
  configuration: T,
  check: (whole: T) => Checked<T>,
  read: ReadSecret,
): Promise<T> {
  const references = Object.entries(secretReferencesIn(configuration));
  if (references.length === 0) return configuration;
  const values = await Promise.all(references.map(async ([key, text]) => [key, (await read(text)).reveal()] as const));
  const whole = { ...configuration, ...Object.fromEntries(values) };
  const { data, error } = check(whole);
  // A value that is itself a reference is not read on: where it leads, nobody has entered.
  const issues = error?.issues ?? values.filter(([, value]) => isSecretReference(value)).map((path) => ({ path }));
  if (issues.length === 0) return data ?? whole;
  const wrong = references.find(([key]) => issues.some(({ path }) => path[0] === key)) ?? references[0]!;
  // No cause: it may hold the value.
  throw new LineupError(
    'secret_unavailable',
    sentence`The value of ${internalFact(wrong[1], sentence`the secret outside Lineup`)} does not have the form that is needed here. Correct it where it is kept.`,
  );
}

/** With the references of a configuration, if it has any. */
export function withReferences<T extends object>(
  thing: T,
  configuration: Readonly<Record<string, unknown>> = {},
): T & { references?: Record<string, string> } {
  const references = secretReferencesIn(configuration);
  return Object.keys(references).length > 0 ? { ...thing, references } : thing;
}

/**
 * An editor could otherwise read the secrets of the server: a reference in an authorization or a channel whose host is
 * their own would send them there.
 * @throws {LineupError} `not_permitted`
 */
export function assertMayRefer(configuration: Readonly<Record<string, unknown>>, role: Role | undefined): void {
  if (Object.keys(secretReferencesIn(configuration)).length === 0) return;
  if (role !== undefined && mayDo(role, 'settings.write')) return;
  throw new LineupError(
    'not_permitted',
    sentence`Only an administrator may refer to a secret outside Lineup. Enter the secret itself, or ask an administrator.`,
  );
}
