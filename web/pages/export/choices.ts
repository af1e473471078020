/** What was chosen for a new export before its form: the provider, the type of the job, the authorization. */

/** As the address has it. */
interface Chosen {
  readonly provider?: string;
  readonly type?: string;
  readonly authorization?: string;
  /** The step that a person wants to take again. Only the steps before it are taken without asking. */
  readonly choose?: string;
}

interface Named {
  readonly id: string;
}

const steps = ['provider', 'type', 'authorization'];

/** The chosen ones, or the only ones there are. */
export function choicesOf<
  Provider extends Named & { readonly job_types: readonly Named[] },
  Authorization extends Named & { readonly provider: string },
>({ choose, ...chosen }: Chosen, providers: readonly Provider[], authorizations: readonly Authorization[]) {
  const isAsked = (step: string) => choose !== undefined && steps.indexOf(step) >= steps.indexOf(choose);
  const onlyOf = <Item>(step: string, items: readonly Item[]): Item | undefined =>
    items.length === 1 && !isAsked(step) ? items[0] : undefined;

  const destinations = providers.filter(({ job_types }) => job_types.length > 0);
  // The authorization decides, where a person comes back with it alone.
  const named = authorizations.find(({ id }) => id === chosen.authorization);
  const wanted = named?.provider ?? chosen.provider;
  // Where only one of them is connected, that one is meant.
  const connected = destinations.filter(({ id }) =>
    authorizations.some((authorization) => authorization.provider === id),
  );
  const provider =
    destinations.find(({ id }) => id === wanted) ?? onlyOf('provider', destinations) ?? onlyOf('provider', connected);
  const types: readonly Provider['job_types'][number][] = provider?.job_types ?? [];
  const type = types.find(({ id }) => id === chosen.type) ?? (named ? types[0] : onlyOf('type', types));
  const usable = authorizations.filter((authorization) => authorization.provider === provider?.id);
  const authorization = provider && (named ?? onlyOf('authorization', usable));
  return { destinations, provider, type, usable, authorization };
}
