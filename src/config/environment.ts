/**
 * The texts of the environment, and what follows from them without a rule. Only the files of this folder read the
 * environment. Every command loads this file, so it imports only what every command needs.
 */
import { LineupError } from '../domain/errors/errors.ts';
import { fileVariable, readVariableFile } from './variable-file.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment itself has; undefined when it is not set or blank. */
export const ownText = (name: string, environment: Environment): string | undefined =>
  environment[name]?.trim() || undefined;

/**
 * The text of a variable, from the environment or from the file that `<name>_FILE` names; undefined when neither is
 * set. Every variable is read here, so that each secret may be in a file.
 * @throws {LineupError} `invalid_configuration` when both are set, or when the file cannot be used
 */
export function textOf(name: string, environment: Environment): string | undefined {
  const own = ownText(name, environment);
  const file = ownText(fileVariable(name), environment);
  if (file === undefined) return own;
  if (own === undefined) return readVariableFile(fileVariable(name), file);
  throw new LineupError('invalid_configuration', `${name} and ${fileVariable(name)} are both set. Unset one of them.`);
}

/** Whether the text of a variable is in a file. */
export const isInFile = (name: string, environment: Environment): boolean =>
  ownText(fileVariable(name), environment) !== undefined;

/** Takes the value out of a sentence about a variable: somebody may have set a secret to the wrong variable. */
export const withoutValue = (message: string): string => message.replace(/,? but got ".*"/s, '');

/**
 * A variable by a name that the user gave (`${env:…}` in a file, `--env` of a command); undefined when it is not set.
 */
export const environmentVariable = (name: string, environment: Environment = process.env): string | undefined =>
  textOf(name, environment);

/** The texts between commas. */
export const commaSeparated = (value: string): readonly string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

/** How the user has called this program, for commands in messages: `./lineup`, which sets the variable, or `lineup`. */
export const calledAs = (environment: Environment = process.env): string =>
  ownText('LINEUP_COMMAND', environment) ?? 'lineup';

/** LINEUP_DEBUG=1: errors in our own code are shown with their stack, and each stage of a local run with its time. */
export const isDebugging = (environment: Environment = process.env): boolean => Boolean(environment.LINEUP_DEBUG);

/**
 * Whether authorizations may use the credentials of the machine: its environment, its profiles, or its role in a cloud.
 * The operator decides it, because every editor may create an authorization.
 */
export const allowsMachineCredentials = (environment: Environment = process.env): boolean =>
  textOf('LINEUP_MACHINE_CREDENTIALS', environment)?.toLowerCase() === 'true';
