/** What `lineup doctor` says of the environment. */
import { providers } from '../contracts/providers/index.ts';
import { type Environment, ownText } from './environment.ts';
import { eitherCase, exceptionsIn } from './proxy.ts';
import { fileVariable } from './variable-file.ts';

/** How this machine is set up around the program. Only `lineup doctor` looks at it. */
export interface Surroundings {
  /** The content of TZ. */
  readonly timeZone: string | undefined;
  readonly proxy: {
    /** Scheme, host and port, never the credentials. */
    readonly https: string | undefined;
    readonly http: string | undefined;
    /** How many hosts NO_PROXY lists. */
    readonly exceptions: number;
    readonly certificates: boolean;
  };
  /** The variables of Lineup whose values are in files. */
  readonly variableFiles: readonly VariableFile[];
}

export interface VariableFile {
  /** Its name ends with `_FILE`. */
  readonly variable: string;
  readonly path: string;
}

/** Other programs have variables with such names, too. */
const ofLineup = /^(LINEUP_|LINE_ADS_|DATABASE_URL$|HTTPS?_PROXY$)/;

const ofSources = new Set(
  providers.flatMap(({ methods }) =>
    methods.flatMap(({ fields }) => fields.flatMap(({ variable, secondVariable }) => [variable, secondVariable])),
  ),
);

export function readSurroundings(environment: Environment = process.env): Surroundings {
  const origin = (name: string) => {
    const value = eitherCase(name, environment);
    if (value === undefined) return undefined;
    const url = URL.parse(value.includes('://') ? value : `http://${value}`);
    return url?.host ? `${url.protocol}//${url.host}` : 'with an invalid URL';
  };
  return {
    timeZone: ownText('TZ', environment),
    proxy: {
      https: origin('HTTPS_PROXY'),
      http: origin('HTTP_PROXY'),
      exceptions: exceptionsIn(environment).length,
      certificates: Boolean(environment.NODE_EXTRA_CA_CERTS || environment.SSL_CERT_FILE),
    },
    variableFiles: Object.keys(environment).flatMap((variable) => {
      const name = variable.slice(0, -fileVariable('').length);
      const path = ownText(variable, environment);
      const isOurs = variable === fileVariable(name) && (ofLineup.test(name) || ofSources.has(name));
      return isOurs && path !== undefined ? [{ variable, path }] : [];
    }),
  };
}
