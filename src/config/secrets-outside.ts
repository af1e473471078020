/** Which secrets outside Lineup may be referred to. Only the operator decides it. */
import type { AllowedSecrets } from '../contracts/secrets-outside.ts';
import { type Environment, ownText, textOf } from './environment.ts';
import { readVariable } from './variables.ts';

/** Undefined when nothing is allowed. @throws {LineupError} `invalid_configuration` */
export function readSecretsOutside(environment: Environment): AllowedSecrets | undefined {
  const folders = readVariable('LINEUP_SECRET_FOLDERS', environment);
  const patterns = readVariable('LINEUP_SECRET_VARIABLES', environment);
  const programs = Object.entries(readVariable('LINEUP_SECRET_PROGRAMS', environment));
  if (folders.length === 0 && patterns.length === 0 && programs.length === 0) return undefined;
  return {
    folders,
    allowsVariable: (name) => !isOurs(name) && patterns.some((pattern) => fits(name, pattern)),
    variable: (name) => textOf(name, environment),
    programs: Object.fromEntries(
      programs.map(
        ([
          name,
          {
            run: [path, ...args],
            variables,
          },
        ]) => [name, { run: [path, ...args] as const, environment: taken(['PATH', ...variables], environment) }],
      ),
    ),
  };
}

const fits = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** The keys of Lineup itself are in none of its authorizations, whatever a prefix allows. */
const isOurs = (name: string): boolean => /^(LINEUP_|DATABASE_URL)/.test(name);

const taken = (names: readonly string[], environment: Environment): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = ownText(name, environment);
      return value === undefined ? [] : [[name, value]];
    }),
  );
