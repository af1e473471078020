/**
 * The audiences of a job: one for each of its deliveries, which are the first identifier of its configuration and the
 * further ones. Also which audience each of them has after an edit. Campaigns target these audiences, so a job keeps
 * them until a person confirms that it gets others.
 */
import type { JobConfiguration } from './configuration.ts';

/** The keys of a configuration that decide which audience the job fills. */
type AudienceKeys = Pick<JobConfiguration, 'adaccount_id' | 'audience_id' | 'audience_name' | 'identifier_type'>;

/** Whether two configurations create the same audience: the same name, ad account and identifier type. */
export const requestsSameAudience = (a: AudienceKeys, b: AudienceKeys): boolean =>
  a.audience_name === b.audience_name && a.adaccount_id === b.adaccount_id && a.identifier_type === b.identifier_type;

interface AudienceBefore {
  /** LINE's id; null before the first run has created the audience. */
  readonly audienceId: string | null;
  readonly configuration: AudienceKeys;
}

type AudienceAfter =
  /** Null: the next run creates it. */
  | { readonly kind: 'kept'; readonly id: string | null }
  | { readonly kind: 'renamed'; readonly id: string; readonly name: string }
  /** An audience that exists at LINE. */
  | { readonly kind: 'chosen'; readonly id: string }
  /** One that exists at LINE with this name. A new job fills it from now on as if its own run had created it. */
  | { readonly kind: 'adopted'; readonly id: string; readonly name: string }
  /** The next run creates it. The audience `left` stays at LINE unchanged. */
  | { readonly kind: 'another'; readonly id: null; readonly left: string }
  /** The change does not fit `left`, and nobody has confirmed another audience. */
  | { readonly kind: 'unconfirmed'; readonly id: null; readonly left: string }
  /** That of the first identifier, whatever happens to it. */
  | { readonly kind: 'shared'; readonly id: null };

/** @param another whether a person has confirmed another audience */
function audienceAfter(
  { audienceId, configuration: before }: AudienceBefore,
  after: AudienceKeys & Pick<Delivery, 'shares'>,
  another: boolean,
): AudienceAfter {
  if (after.shares) return { kind: 'shared', id: null };
  if (after.audience_id !== null) {
    return after.audience_id === audienceId
      ? { kind: 'kept', id: audienceId }
      : { kind: 'chosen', id: after.audience_id };
  }
  if (audienceId === null) return { kind: 'kept', id: null };
  if (another) return { kind: 'another', id: null, left: audienceId };
  const fits = before.adaccount_id === after.adaccount_id && before.identifier_type === after.identifier_type;
  if (!fits) return { kind: 'unconfirmed', id: null, left: audienceId };
  return after.audience_name === null || after.audience_name === before.audience_name
    ? { kind: 'kept', id: audienceId }
    : { kind: 'renamed', id: audienceId, name: after.audience_name };
}

/** What a configuration says of one identifier and its audience. */
export type Delivery = Pick<
  JobConfiguration,
  | 'adaccount_id'
  | 'audience_id'
  | 'audience_name'
  | 'identifier_type'
  | 'id_field'
  | 'default_country'
  | 'ifa_format'
  | 'ifa_kind'
> &
  Pick<JobConfiguration['siblings'][number], 'shares'>;

/** A delivery of a job, with its audience. */
export interface JobDelivery {
  readonly configuration: Delivery;
  /** LINE's id; null before the first run has created the audience, and where it fills that of the first delivery. */
  readonly audienceId: string | null;
}

interface WithAudiences {
  readonly audienceId: string | null;
  readonly siblingAudienceIds: readonly (string | null)[];
  readonly configuration: Delivery & { readonly siblings: readonly Omit<Delivery, 'adaccount_id'>[] };
}

interface ViewWithAudiences {
  readonly audience_id: string | null;
  readonly sibling_audience_ids: readonly (string | null)[];
  readonly configuration: WithAudiences['configuration'];
}

/** A job of the API as one with audiences. */
export const withAudiences = ({
  audience_id,
  sibling_audience_ids,
  configuration,
}: ViewWithAudiences): WithAudiences => ({
  audienceId: audience_id,
  siblingAudienceIds: sibling_audience_ids,
  configuration,
});

/** What a configuration asks for, the first identifier first. All are in the same ad account. */
export const deliveriesIn = (configuration: WithAudiences['configuration']): [Delivery, ...Delivery[]] => [
  configuration,
  ...configuration.siblings.map((sibling) => ({ ...sibling, adaccount_id: configuration.adaccount_id })),
];

/** The deliveries of a job, the first one first. */
export const deliveriesOfJob = (job: WithAudiences): JobDelivery[] =>
  deliveriesIn(job.configuration).map((configuration, n) => ({
    configuration,
    audienceId: n === 0 ? job.audienceId : (job.siblingAudienceIds[n - 1] ?? null),
  }));

/** Where delivery `n`, from 0, is in a request: `configuration`, or `configuration.siblings.0`. */
export const pathOfDelivery = (n: number): string => (n === 0 ? 'configuration' : `configuration.siblings.${n - 1}`);

/** A delivery of a new configuration. */
export interface DeliveryAfter {
  readonly path: string;
  readonly wanted: Delivery;
  /** The same delivery before the edit; undefined for a new one. */
  readonly before: JobDelivery | undefined;
  /** What happens to its audience. */
  readonly audience: AudienceAfter;
}

interface NewWithAudiences {
  readonly audience_id?: string | null;
  readonly sibling_audience_ids?: readonly (string | null)[];
  readonly configuration: WithAudiences['configuration'];
}

/** The deliveries of a new job. */
export const deliveriesOfNew = ({
  audience_id = null,
  sibling_audience_ids = [],
  configuration,
}: NewWithAudiences): DeliveryAfter[] =>
  deliveriesIn(configuration).map((wanted, n) => {
    const delivery = newDelivery(pathOfDelivery(n), wanted);
    const id = n === 0 ? audience_id : (sibling_audience_ids[n - 1] ?? null);
    if (id === null || wanted.audience_id !== null || wanted.shares) return delivery;
    return { ...delivery, audience: { kind: 'adopted', id, name: wanted.audience_name ?? '' } };
  });

/** Where a request has the id of a delivery's audience: beside the configuration for one that is adopted. */
export function pathOfAudienceId({ path, audience }: Pick<DeliveryAfter, 'path' | 'audience'>): string {
  if (audience.kind !== 'adopted') return `${path}.audience_id`;
  return path.replace('configuration.siblings', 'sibling_audience_ids').replace(/^configuration$/, 'audience_id');
}

/**
 * The deliveries of a job after an edit. The first one stays the first one. A further one is the same as before when
 * its identifier type and field are the same, or its identifier type and audience.
 * @param another whether a person has confirmed other audiences, for those that the edit would rename or that cannot
 * stay; for the
 *   first one also when no other is meant
 */
export function deliveriesAfter(
  job: WithAudiences,
  configuration: WithAudiences['configuration'],
  another: boolean,
): DeliveryAfter[] {
  const [first, ...others] = deliveriesOfJob(job) as [JobDelivery, ...JobDelivery[]];
  const [wanted, ...siblings] = deliveriesIn(configuration);
  const matched = matchesOf(others, siblings, ({ configuration }) => configuration, hasSameAudience);
  const isChanged = (before: JobDelivery, after: Delivery) =>
    after.audience_id === null && !after.shares && !requestsSameAudience(before.configuration, after);
  const isSiblingMeant = matched.some((before, n) => before && isChanged(before, siblings[n]!));
  const after = (n: number, before: JobDelivery, wanted: Delivery, isMeant: boolean): DeliveryAfter => ({
    path: pathOfDelivery(n),
    wanted,
    before,
    audience: audienceAfter(before, wanted, another && isMeant),
  });
  return [
    after(0, first, wanted, isChanged(first, wanted) || !isSiblingMeant),
    ...siblings.map((sibling, n) => {
      const before = matched[n];
      return before
        ? after(n + 1, before, sibling, isChanged(before, sibling))
        : newDelivery(pathOfDelivery(n + 1), sibling);
    }),
  ];
}

const newDelivery = (path: string, wanted: Delivery): DeliveryAfter => ({
  path,
  wanted,
  before: undefined,
  audience: audienceAfter({ audienceId: null, configuration: wanted }, wanted, false),
});

type Identifier = Pick<Delivery, 'identifier_type' | 'id_field'>;

/**
 * For each further identifier after an edit the one that it was before: with the same type and field, else with the
 * same type and audience. Undefined for a new one.
 */
export function matchesOf<Before, After extends Identifier>(
  before: readonly Before[],
  after: readonly After[],
  identifierOf: (before: Before) => Identifier,
  hasSameAudience: (before: Before, after: After) => boolean,
): (Before | undefined)[] {
  const found = new Map<After, Before>();
  const left = new Set(before);
  const hasSameField = (earlier: Before, { id_field }: After) => identifierOf(earlier).id_field === id_field;
  for (const isSame of [hasSameField, hasSameAudience]) {
    for (const wanted of after.filter((delivery) => !found.has(delivery))) {
      const match = [...left].find(
        (earlier) => identifierOf(earlier).identifier_type === wanted.identifier_type && isSame(earlier, wanted),
      );
      if (match === undefined) continue;
      found.set(wanted, match);
      left.delete(match);
    }
  }
  return after.map((delivery) => found.get(delivery));
}

function hasSameAudience({ configuration, audienceId }: JobDelivery, after: Delivery): boolean {
  if (configuration.shares || after.shares) return Boolean(configuration.shares && after.shares);
  return after.audience_id === null
    ? configuration.audience_name === after.audience_name
    : audienceId === after.audience_id;
}

/** The audiences of further identifiers that the job leaves. They stay at LINE unchanged. */
export function leftBySiblings(job: WithAudiences, after: readonly DeliveryAfter[]): string[] {
  const kept = new Set(after.map(({ audience }) => audience.id));
  return job.siblingAudienceIds.filter((id) => id !== null).filter((id) => !kept.has(id));
}
