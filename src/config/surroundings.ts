/** What `lineup doctor` says of the environment. */
import { type Environment, textOf } from './environment.ts';
import { eitherCase, exceptionsIn } from './proxy.ts';

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
}

export function readSurroundings(environment: Environment = process.env): Surroundings {
  const origin = (name: string) => {
    const value = eitherCase(name, environment);
    if (value === undefined) return undefined;
    const url = URL.parse(value.includes('://') ? value : `http://${value}`);
    return url?.host ? `${url.protocol}//${url.host}` : 'with an invalid URL';
  };
  return {
    timeZone: textOf('TZ', environment),
    proxy: {
      https: origin('HTTPS_PROXY'),
      http: origin('HTTP_PROXY'),
      exceptions: exceptionsIn(environment).length,
      certificates: Boolean(environment.NODE_EXTRA_CA_CERTS || environment.SSL_CERT_FILE),
    },
  };
}
