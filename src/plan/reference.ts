/** References, which a file has instead of secrets: to environment variables, and to secrets outside Lineup. */
import { isSecretReference } from '../domain/values/secret-reference.ts';
import { type Change, changesBetween } from './changes.ts';

const REFERENCE = /^\$\{env:([A-Za-z_]\w*)\}$/;

/** The environment variable that a value refers to; undefined for a plain value. */
export const variableOf = (value: string): string | undefined => REFERENCE.exec(value)?.[1];
export const referenceTo = (variable: string): string => `\${env:${variable}}`;

/**
 * What changes of a configuration’s references to secrets outside Lineup. They are no secrets, so both sides show them;
 * a secret that takes the place of one, or gives it up, is shown as null or as its variable.
 */
export function referenceChanges(
  before: Readonly<Record<string, unknown>> = {},
  after: Readonly<Record<string, unknown>>,
): Change[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => isSecretReference(before[key]) || isSecretReference(after[key]),
  );
  const only = (values: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(keys.map((key) => [key, trimmed(values[key])]));
  return changesBetween(only(before), only(after));
}

const trimmed = (value: unknown): unknown => (typeof value === 'string' ? value.trim() : value);
