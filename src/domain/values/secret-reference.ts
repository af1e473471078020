/**
 * References to secrets outside Lineup. A field of an authorization, of a notification channel or of the mail server
 * may hold one instead of the secret: `${secret:file:/run/secrets/line}`, `${secret:env:LINE_KEY}` or
 * `${secret:program:line-key}`. It is no secret itself.
 */

export interface SecretReference {
  readonly kind: 'file' | 'env' | 'program';
  /** The path of the file, or the name of the variable or of the program. */
  readonly name: string;
}

const BEGINNING = '${secret:';
const REFERENCE = /^\$\{secret:(file|env|program):([^{}\p{Cc}]{1,1000})\}$/u;

/** Undefined for a value that is not meant as a reference. Null for one that is meant so, but has a mistake. */
export function readSecretReference(value: string): SecretReference | null | undefined {
  if (!value.trim().startsWith(BEGINNING)) return undefined;
  const [, kind, name] = REFERENCE.exec(value.trim()) ?? [];
  return kind === undefined || name === undefined ? null : { kind: kind as SecretReference['kind'], name };
}

export const secretReferenceText = ({ kind, name }: SecretReference): string => `${BEGINNING}${kind}:${name}}`;

export const isSecretReference = (value: unknown): boolean =>
  typeof value === 'string' && readSecretReference(value) !== undefined;

/** The fields of a configuration that hold references, with the references. */
export const secretReferencesIn = (configuration: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(configuration).filter((entry): entry is [string, string] => isSecretReference(entry[1])),
  );

/** For texts that explain references. */
export const exampleReference = secretReferenceText({ kind: 'file', name: '/run/secrets/lineup/name' });
