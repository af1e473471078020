/** The secrets outside Lineup that the operator allows to be referred to. */

export interface AllowedSecrets {
  readonly folders: readonly string[];
  readonly allowsVariable: (name: string) => boolean;
  /** The value of a variable. */
  readonly variable: (name: string) => string | undefined;
  readonly programs: Readonly<Record<string, SecretProgram>>;
}

export interface SecretProgram {
  /** The path of the program, and all of its arguments. There is no shell. */
  readonly run: readonly [string, ...string[]];
  /** Its whole environment. */
  readonly environment: Readonly<Record<string, string>>;
}

export const noSecretsOutside: AllowedSecrets = {
  folders: [],
  allowsVariable: () => false,
  variable: () => undefined,
  programs: {},
};
