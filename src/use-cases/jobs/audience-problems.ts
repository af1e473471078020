/** Checks the audiences of a job at LINE and against other jobs. Only reads. */
import type { StoredJob } from '../../contracts/job-store.ts';
import type { NewJob } from '../../contracts/jobs.ts';
import { audiencesNamed, hasNoAudience } from '../../destinations/audience.ts';
import type { Audience, Destination } from '../../destinations/destination.ts';
import { ownerOf, takesType } from '../../domain/destinations/index.ts';
import type { FieldError } from '../../domain/errors/errors.ts';
import {
  type DeliveryAfter,
  deliveriesOfJob,
  deliveriesOfNew,
  pathOfAudienceId,
  requestsSameAudience,
} from '../../domain/jobs/audiences.ts';
import type { Actor } from '../../domain/people/people.ts';
import { fieldError } from '../../domain/text/localized.ts';
import { listed, type Sentence, sentence } from '../../domain/text/sentence.ts';
import { otherFillers } from '../../jobs/claim-audience.ts';
import { wantedAudience } from '../../jobs/edit.ts';
import type { Db } from '../../store/database/database.ts';
import { getJob } from '../../store/repositories/jobs.ts';
import { unansweredCreation } from '../../store/repositories/runs.ts';
import type { ListDefinition } from '../../store/repositories/suppression-lists.ts';
import type { UseCaseDeps } from '../deps.ts';
import type { PlannedWaits } from './triggers/kind.ts';

export interface Validated {
  readonly input: Pick<
    NewJob,
    | 'type'
    | 'authorization_id'
    | 'source_authorization_id'
    | 'configuration'
    | 'audience_id'
    | 'sibling_audience_ids'
    | 'moved_from'
  >;
  /** The edited job, and what happens to its audiences. */
  readonly existing?: { readonly before: StoredJob; readonly deliveries: readonly DeliveryAfter[] };
  /** The suppression lists of the installation. @default those that are saved */
  readonly lists?: readonly ListDefinition[];
  /** The ids of jobs that will be there before this one is saved. @default none */
  readonly planned?: readonly string[];
  /** What a plan changes before of who waits for whom. @default nothing */
  readonly waits?: PlannedWaits;
  /** Without their credentials, LINE or the source is not asked. @default true */
  readonly asksLine?: boolean;
  readonly readsSource?: boolean;
  /** Who saves it. Undefined when it is only checked. */
  readonly savedBy?: Actor;
}

/**
 * What is wrong with the audiences, each problem at its key.
 * @throws {LineupError} `line_*` when LINE refuses or does not answer
 */
export async function audienceProblems(
  deps: UseCaseDeps,
  destination: Destination,
  { input, existing }: Validated,
  signal: AbortSignal,
): Promise<FieldError[]> {
  const account = input.configuration.adaccount_id;
  const another = await anotherChannel(destination, account, signal);
  if (another) return [another];
  const owner = ownerOf(destination.traits);
  // Only the parts of a split job have audiences. Their names are those of values that nobody knows yet.
  const deliveries = input.configuration.split ? [] : (existing?.deliveries ?? deliveriesOfNew(input));
  const left = deliveries.flatMap(({ audience }) => (audience.kind === 'unconfirmed' ? [audience.left] : []));
  if (left.length > 0) return [fieldError('another_audience', notConfirmed(left, destination))];

  const present = await findAudiences(destination, account, deliveries, signal);
  const nameProblems = async (delivery: DeliveryAfter, name: string): Promise<FieldError[]> => {
    const found = await audiencesNamed(destination, account, name, signal);
    const taken = found.find(({ id }) => id !== delivery.audience.id);
    if (!taken || (existing && (await isOfOwnRun(deps.db, existing.before, delivery, taken.id)))) return [];
    const { identifier_type } = delivery.wanted;
    const problem =
      takesType(destination.traits, taken, identifier_type) && !taken.unusable
        ? sentence`${owner} already has an audience with this name (${taken.id}). Choose that one, or another name.`
        : sentence`${owner} already has an audience with this name (${taken.id}), which this job cannot fill. Choose another name.`;
    return [fieldError(`${delivery.path}.audience_name`, problem)];
  };
  const problems: FieldError[] = [];
  for (const delivery of deliveries) {
    const { wanted, audience } = delivery;
    if (audience.kind === 'shared') continue;
    if (audience.id === null) {
      problems.push(...(await nameProblems(delivery, wanted.audience_name ?? '')));
      continue;
    }
    const found = present.get(audience.id);
    if (!found) {
      const wasThere =
        audience.kind !== 'chosen' &&
        audience.kind !== 'adopted' &&
        existing?.before.authorizationId === input.authorization_id;
      const problem = wasThere
        ? audienceGone(delivery, audience.id, owner)
        : hasNoAudience(destination, account, audience.id);
      problems.push(fieldError(pathOfAudienceId(delivery), problem));
      continue;
    }
    const isNew = audience.kind === 'chosen' || audience.kind === 'adopted';
    if (found.unusable && isNew) problems.push(fieldError(pathOfAudienceId(delivery), found.unusable));
    problems.push(...typeProblems(destination, delivery, found), ...adoptionProblems(delivery, found, owner));
    if (audience.kind === 'renamed' && found.name !== audience.name) {
      problems.push(...(await nameProblems(delivery, audience.name)));
    }
  }
  const existingOnes = deliveries.filter(({ audience }) => audience.id !== null && present.has(audience.id));
  return [
    ...problems,
    ...superfluousIds(input),
    ...repeatedAudiences(deliveries),
    ...(await otherFillers(deps.jobs.store, existingOnes, existing?.before.id)),
  ];
}

const notConfirmed = (left: readonly string[], { traits }: Destination): Sentence =>
  traits.account === 'channel'
    ? sentence`The LINE channel and the identifier type of an audience cannot change. This change needs other audiences, and these stay unchanged: ${listed(left)}. Set another_audience to true to create them, or choose existing ones.`
    : left.length === 1
      ? sentence`The ad account and the identifier type of an audience cannot change. This change needs another audience, and ${left[0]!} stays unchanged. Set another_audience to true to create one, or choose an existing one.`
      : sentence`The ad account and the identifier type of an audience cannot change. This change needs other audiences, and ${listed(left)} stay unchanged. Set another_audience to true to create them, or choose existing ones.`;

/** An authorization of a channel reaches no other one, whatever the job says. */
async function anotherChannel(
  destination: Destination,
  account: string,
  signal: AbortSignal,
): Promise<FieldError | undefined> {
  if (destination.traits.account !== 'channel') return undefined;
  const [own] = await destination.accounts(1, signal);
  if (!own || own.id === account) return undefined;
  return fieldError(
    'configuration.adaccount_id',
    sentence`The authorization is for the LINE channel ${own.id}. Enter this number, or choose another authorization.`,
  );
}

/** The audiences of a job by their ids. */
async function findAudiences(
  destination: Destination,
  account: string,
  deliveries: readonly DeliveryAfter[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Audience>> {
  const wanted = new Set(deliveries.map(({ audience }) => audience.id).filter((id) => id !== null));
  const found = new Map<string, Audience>();
  if (wanted.size === 0) return found;
  for await (const audience of destination.find(account, { ids: [...wanted] }, signal))
    found.set(audience.id, audience);
  return found;
}

function typeProblems({ traits }: Destination, { path, wanted }: DeliveryAfter, audience: Audience): FieldError[] {
  if (takesType(traits, audience, wanted.identifier_type)) return [];
  return [
    fieldError(
      `${path}.identifier_type`,
      sentence`The audience "${audience.name}" has the type ${audience.type}, which takes another type of identifier. Choose another audience.`,
    ),
  ];
}

/** A mistyped id must not lead to somebody else's audience, so its name must be the one that the job gives. */
function adoptionProblems(delivery: DeliveryAfter, found: Audience, owner: Sentence): FieldError[] {
  const { audience } = delivery;
  if (audience.kind !== 'adopted' || found.name === audience.name) return [];
  return [
    fieldError(
      pathOfAudienceId(delivery),
      sentence`${owner}’s audience ${audience.id} has the name "${found.name}", but the job fills "${audience.name}". Correct the ID or the name.`,
    ),
  ];
}

/** Ids of audiences for identifiers that have one already, or that do not exist. */
function superfluousIds({ audience_id, sibling_audience_ids = [], configuration }: Validated['input']): FieldError[] {
  const own = [configuration, ...configuration.siblings];
  const problem = sentence`This identifier does not exist, or the configuration already gives its audience by ID. Leave this empty.`;
  return [audience_id ?? null, ...sibling_audience_ids].flatMap((id, n) =>
    id === null || (own[n]?.audience_id === null && !configuration.siblings[n - 1]?.shares)
      ? []
      : [fieldError(n === 0 ? 'audience_id' : `sibling_audience_ids.${n - 1}`, problem)],
  );
}

/**
 * A chosen audience may be the one that another identifier of the job keeps. The rules of the schema do not know its
 * id.
 */
const repeatedAudiences = (deliveries: readonly DeliveryAfter[]): FieldError[] =>
  deliveries.flatMap(({ path, audience }, n) =>
    audience.id !== null && deliveries.slice(0, n).some((other) => other.audience.id === audience.id)
      ? [
          fieldError(
            pathOfAudienceId({ path, audience }),
            sentence`Two identifiers have the same audience. Each one needs an audience of its own.`,
          ),
        ]
      : [],
  );

/** Whether a run of this job created the audience with that name, even if LINE's answer was lost. */
async function isOfOwnRun(
  db: Db,
  job: StoredJob,
  { before: was, wanted, audience }: DeliveryAfter,
  id: string,
): Promise<boolean> {
  const isToBeMade = audience.kind === 'kept' && audience.id === null;
  if (!was || !isToBeMade || !requestsSameAudience(was.configuration, wanted)) return false;
  // Read first: when the answer comes meanwhile, the job has the audience afterwards.
  const unanswered = await unansweredCreation(db, wantedAudience(job.id, was.configuration));
  const now = deliveriesOfJob(await getJob(db, job.id)).find(({ configuration }) =>
    requestsSameAudience(configuration, wanted),
  );
  return now && now.audienceId !== null ? now.audienceId === id : unanswered !== undefined;
}

/** A further identifier gets a new audience only with another name (`deliveriesAfter`). */
function audienceGone({ path, before }: DeliveryAfter, id: string, owner: Sentence): Sentence {
  const name = before?.configuration.audience_name ?? null;
  if (path !== 'configuration') {
    return sentence`The audience ${id} no longer exists at ${owner}. Choose another one, or enter another name and create it (another_audience).`;
  }
  return name === null
    ? sentence`The audience ${id} no longer exists at ${owner}. Choose another one, or create it again (another_audience).`
    : sentence`The audience "${name}" (${id}) no longer exists at ${owner}. Choose another one, or create it again (another_audience).`;
}
