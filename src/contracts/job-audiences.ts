/**
 * The audiences of a job: one for each of its deliveries, which are the first identifier of its configuration and the further ones.
 * Also which audience each of them has after an edit.
 */
import {
  type AudienceAfter,
  audienceAfter,
  type JobConfiguration,
  requestsSameAudience,
} from './job-configuration.ts';

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
>;

/** A delivery of a job, with its audience. */
export interface JobDelivery {
  readonly configuration: Delivery;
  /** LINE's id; null before the first run has created the audience. */
  readonly audienceId: string | null;
}

interface WithAudiences {
  readonly audienceId: string | null;
  readonly siblingAudienceIds: readonly (string | null)[];
  readonly configuration: Delivery & { readonly siblings: readonly Omit<Delivery, 'adaccount_id'>[] };
}

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
export const pathOfDelivery = (n: number): string =>
  n === 0 ? 'configuration' : `configuration.siblings.${n - 1}`;

/** A delivery of a new configuration. */
export interface DeliveryAfter {
  readonly path: string;
  readonly wanted: Delivery;
  /** The same delivery before the edit; undefined for a new one. */
  readonly before: JobDelivery | undefined;
  /** What happens to its audience. */
  readonly audience: AudienceAfter;
}

/** The deliveries of a new job. */
export const deliveriesOfNew = (configuration: WithAudiences['configuration']): DeliveryAfter[] =>
  deliveriesIn(configuration).map((wanted, n) => newDelivery(pathOfDelivery(n), wanted));

/**
 * The deliveries of a job after an edit. The first one stays the first one. A further one is the same as before when its identifier
 * type and field are the same, or its identifier type and audience.
 * @param another whether a person has confirmed other audiences, for those that the edit would rename or that cannot stay; for the
 *   first one also when no other is meant
 */
export function deliveriesAfter(
  job: WithAudiences,
  configuration: WithAudiences['configuration'],
  another: boolean,
): DeliveryAfter[] {
  const [first, ...others] = deliveriesOfJob(job) as [JobDelivery, ...JobDelivery[]];
  const [wanted, ...siblings] = deliveriesIn(configuration);
  const matched = matchesOf(others, siblings);
  const isChanged = (before: JobDelivery, after: Delivery) =>
    after.audience_id === null && !requestsSameAudience(before.configuration, after);
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

/** For each of `siblings` the one that it was before. */
function matchesOf(
  before: readonly JobDelivery[],
  siblings: readonly Delivery[],
): (JobDelivery | undefined)[] {
  const found = new Map<Delivery, JobDelivery>();
  const left = new Set(before);
  for (const isSame of [hasSameField, hasSameAudience]) {
    for (const sibling of siblings.filter((one) => !found.has(one))) {
      const match = [...left].find(
        (one) => one.configuration.identifier_type === sibling.identifier_type && isSame(one, sibling),
      );
      if (!match) continue;
      found.set(sibling, match);
      left.delete(match);
    }
  }
  return siblings.map((sibling) => found.get(sibling));
}

const hasSameField = ({ configuration }: JobDelivery, after: Delivery): boolean =>
  configuration.id_field === after.id_field;

const hasSameAudience = ({ configuration, audienceId }: JobDelivery, after: Delivery): boolean =>
  after.audience_id === null
    ? configuration.audience_name === after.audience_name
    : audienceId === after.audience_id;

/** The audiences of further identifiers that the job leaves. They stay at LINE unchanged. */
export function leftBySiblings(job: WithAudiences, after: readonly DeliveryAfter[]): string[] {
  const kept = new Set(after.map(({ audience }) => audience.id));
  return job.siblingAudienceIds.filter((id) => id !== null).filter((id) => !kept.has(id));
}
