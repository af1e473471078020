/** Credentials that are entered, by whatever door: what is wrong with them can be seen before anybody uses them. */
import { kindOf } from '../destinations/kinds.ts';
import { isDestination } from '../domain/destinations/index.ts';
import type { FieldError } from '../domain/errors/errors.ts';
import { fieldError, wrongValues } from '../domain/text/localized.ts';
import { secretReferencesIn } from '../domain/values/secret-reference.ts';

/** Each problem at its key. The value of a secret outside Lineup is not known here. */
export async function credentialProblems(
  provider: string,
  configuration: Readonly<Record<string, string>>,
): Promise<FieldError[]> {
  if (!isDestination(provider)) return [];
  const { check } = await kindOf(provider).load();
  const outside = secretReferencesIn(configuration);
  const problems = check?.(configuration) ?? [];
  return problems
    .filter(({ field }) => !Object.hasOwn(outside, field))
    .map(({ field, problem }) => fieldError(`configuration.${field}`, problem));
}

/** @throws {LineupError} `invalid_argument` */
export async function assertCredentials(
  provider: string,
  configuration: Readonly<Record<string, string>>,
): Promise<void> {
  const problems = await credentialProblems(provider, configuration);
  if (problems.length > 0) throw wrongValues(problems);
}
