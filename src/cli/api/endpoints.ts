/** The endpoints that the command line calls. */
import type { CallInput, Endpoint, EndpointTable } from '../../endpoints/endpoint.ts';
import type { Endpoints } from '../../endpoints/index.ts';

/**
 * Tables by the first part of their paths. Each is loaded at its first call, because loading all of them takes longer than most
 * commands.
 */
const tables = {
  'api-tokens': async () => (await import('../../endpoints/people.ts')).apiTokenEndpoints,
  authorizations: async () => (await import('../../endpoints/authorizations.ts')).authorizationEndpoints,
  jobs: async () => (await import('../../endpoints/jobs.ts')).jobEndpoints,
  'notification-channels': async () =>
    (await import('../../endpoints/administration.ts')).notificationChannelEndpoints,
  setup: async () => (await import('../../endpoints/sign-in.ts')).signInEndpoints,
  runs: async () => (await import('../../endpoints/runs.ts')).runEndpoints,
} satisfies Record<string, () => Promise<EndpointTable>>;

type Noun = keyof typeof tables;

type NounOf<Key> = Key extends `${string} /${infer Path}`
  ? Path extends `${infer First}/${string}`
    ? First
    : Path
  : never;

export type ServiceEndpoints = {
  [Key in keyof Endpoints as NounOf<Key> extends Noun ? Key : never]: Endpoints[Key];
};

/** The body that an endpoint takes. */
export type BodyOf<Key extends keyof ServiceEndpoints> = CallInput<ServiceEndpoints[Key]>['body'];

export async function endpointOf(key: keyof ServiceEndpoints): Promise<Endpoint> {
  const [, noun] = key.split(/[ /]+/) as [string, Noun];
  const table: Readonly<Record<string, Endpoint>> = await tables[noun]();
  const found = table[key];
  if (!found) throw new Error(`there is no endpoint ${key}`);
  return found;
}
