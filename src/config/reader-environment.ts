/** The environment of the processes that read sources. */
import { allowsMachineCredentials, type Environment } from './environment.ts';
import { proxyVariables } from './proxy.ts';

/** What a reader process needs to find programs, and to reach servers as this process does. */
const READER_VARIABLES = [
  'PATH',
  'TMPDIR',
  'TZ',
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/** Where the libraries of clouds look for the credentials of a machine. */
const ofMachine = (name: string): boolean => /^(AWS|GOOGLE|CLOUDSDK|GCE)_/.test(name) || name === 'HOME';

/**
 * The environment of a process that reads sources: no key, no database, no data directory. It has credentials of the
 * machine only if the operator allows it.
 */
export const readerEnvironment = (environment: Environment = process.env): Record<string, string> => {
  const machine = allowsMachineCredentials(environment) ? Object.keys(environment).filter(ofMachine) : [];
  const taken = [...READER_VARIABLES, ...machine].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  const proxy = proxyVariables(environment);
  return { ...Object.fromEntries(taken), ...(proxy && { ...proxy, NODE_USE_ENV_PROXY: '1' }) };
};
