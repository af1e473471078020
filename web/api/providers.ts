/** The registry of providers, methods and job types. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { type IdentifierType, identifierTypes } from '../../src/domain/audiences/requests.ts';
import { authorizationsQuery } from './authorizations.ts';
import { type AnswerOf, call } from './client.ts';

export type ProviderView = AnswerOf<'GET /providers'>['items'][number];

export type DestinationView = NonNullable<ProviderView['destination']>;

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: async ({ signal }) => (await call('GET /providers', { signal })).items,
  staleTime: Number.POSITIVE_INFINITY,
});

/** The provider that jobs of a type export to. */
export const useProviderOfJob = (type: string): ProviderView | undefined =>
  useQuery(providersQuery).data?.find(({ job_types }) => job_types.some(({ id }) => id === type));

/** The destination that jobs of a type export to. Undefined until the providers are loaded. */
export const useDestinationOfJob = (type: string): DestinationView | undefined =>
  useProviderOfJob(type)?.destination ?? undefined;

/** The destination with this id. Undefined for a source, and until the providers are loaded. */
export const useDestination = (id: string | undefined): ProviderView['destination'] | undefined =>
  useQuery(providersQuery).data?.find((provider) => provider.id === id)?.destination ?? undefined;

/** The destination that an authorization is for. */
export function useDestinationOf(authorizationId: string): ProviderView['destination'] | undefined {
  const { data = [] } = useQuery(authorizationsQuery);
  return useDestination(data.find(({ id }) => id === authorizationId)?.provider);
}

/** The identifier types that any destination takes. None until the providers are loaded. */
export function useTakenTypes(): readonly IdentifierType[] {
  const { data = [] } = useQuery(providersQuery);
  const taken = data.flatMap(({ destination }) => destination?.identifiers.map(({ type }) => type) ?? []);
  return identifierTypes.filter((type) => taken.includes(type));
}

/** The destinations that take over the audiences of jobs of a type. */
export function useSuccessorsOfJob(type: string): readonly ProviderView[] {
  const { data = [] } = useQuery(providersQuery);
  const own = useProviderOfJob(type)?.id;
  return data.filter(({ destination }) => own !== undefined && destination?.takes_over === own);
}

/** Whether there is an authorization of a destination that takes over the audiences of this one. */
export function useHasSuccessor(authorizationId: string): boolean {
  const { data: authorizations = [] } = useQuery(authorizationsQuery);
  const { data: providers = [] } = useQuery(providersQuery);
  const own = authorizations.find(({ id }) => id === authorizationId)?.provider;
  const successors = providers.filter(({ destination }) => destination?.takes_over === own && own !== undefined);
  return authorizations.some(({ provider }) => successors.some(({ id }) => id === provider));
}

/** The authorizations of destinations, of those that are given. */
export function useDestinationsAmong<Of extends { readonly provider: string }>(authorizations: readonly Of[]): Of[] {
  const { data = [] } = useQuery(providersQuery);
  return authorizations.filter(({ provider }) => data.some(({ id, destination }) => id === provider && destination));
}
