/**
 * The texts of the environment, and what follows from them without a rule. Only the files of this folder read the
 * environment. Every command loads this file, so it imports nothing.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** The text of a variable; undefined when it is not set or blank. */
export const textOf = (name: string, environment: Environment): string | undefined =>
  environment[name]?.trim() || undefined;

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
  textOf('LINEUP_COMMAND', environment) ?? 'lineup';

/** LINEUP_DEBUG=1: errors in our own code are shown with their stack, and each stage of a local run with its time. */
export const isDebugging = (environment: Environment = process.env): boolean => Boolean(environment.LINEUP_DEBUG);

/**
 * Whether authorizations may use the credentials of the machine: its environment, its profiles, or its role in a cloud.
 * The operator decides it, because every editor may create an authorization.
 */
export const allowsMachineCredentials = (environment: Environment = process.env): boolean =>
  textOf('LINEUP_MACHINE_CREDENTIALS', environment)?.toLowerCase() === 'true';
