/**
 * Checks the other side before the first write. The audience that a run fills must exist and have the right type. The
 * audience that it creates must not exist. Only reads.
 */
import { ownerOf, takesType } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { RunRequest } from '../domain/runs/run.ts';
import { type Sentence, sentence } from '../domain/text/sentence.ts';
import type { Audience, Destination, Written } from './destination.ts';

/** The audience with this id, or undefined. */
export async function findAudience(
  destination: Destination,
  account: string,
  id: string,
  signal?: AbortSignal,
): Promise<Audience | undefined> {
  for await (const audience of destination.find(account, { ids: [id] }, signal)) return audience;
  return undefined;
}

/** All audiences with this name. */
export const audiencesNamed = (
  destination: Destination,
  account: string,
  name: string,
  signal?: AbortSignal,
): Promise<Audience[]> => all(destination.find(account, { name }, signal));

/** All items of a list that comes one after another. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export const hasNoAudience = ({ traits }: Pick<Destination, 'traits'>, account: string, id: string): Sentence =>
  traits.account === 'channel'
    ? sentence`The LINE channel ${account} has no audience ${id}.`
    : sentence`Ad account ${account} has no audience ${id}.`;

/** Renames an audience. When the answer is lost, a look at it shows whether it has the name. */
export async function renameTo(
  destination: Destination,
  account: string,
  id: string,
  name: string,
): Promise<Written<Audience>> {
  const written = await destination.rename(account, id, name);
  if (written.outcome === 'taken' || written.means) return written;
  // If this fails too, the first error is reported.
  const now = await findAudience(destination, account, id).catch(() => undefined);
  return now?.name === name ? { outcome: 'taken', value: now } : written;
}

/**
 * Checks the audience that `request` names, and its type unless `identifierType` is null.
 * @returns the existing audience, or undefined when the run will create one
 * @throws {LineupError} `audience_not_found`, `audience_type_mismatch`, `audience_name_taken`, `audience_unusable`
 */
export async function checkAudience(
  destination: Destination,
  request: Pick<RunRequest, 'adAccountId' | 'audienceName'> & {
    identifierType: RunRequest['identifierType'] | null;
  },
  audienceId: string | null,
  signal?: AbortSignal,
): Promise<Audience | undefined> {
  const { adAccountId, audienceName, identifierType } = request;
  if (audienceId === null) {
    const [taken] = await audiencesNamed(destination, adAccountId, audienceName ?? '', signal);
    if (taken) throw nameTaken(destination, audienceName ?? '', taken.id);
    return undefined;
  }
  const audience = await findAudience(destination, adAccountId, audienceId, signal);
  if (!audience) {
    throw new LineupError('audience_not_found', hasNoAudience(destination, adAccountId, audienceId));
  }
  const { identifiers } = destination.traits;
  if (identifierType && !takesType(destination.traits, audience, identifierType)) {
    const wanted = identifiers[identifierType]?.audienceType ?? '';
    throw new LineupError(
      'audience_type_mismatch',
      sentence`Audience ${audienceId} (${audience.name}) has the type ${audience.type}, but the identifier type needs ${wanted}. The type of an audience cannot change. Choose another audience, or create a new one.`,
    );
  }
  if (audience.unusable) throw new LineupError('audience_unusable', audience.unusable);
  return audience;
}

/** The error for a second audience with the same name. */
export function nameTaken({ traits }: Destination, name: string, id: string): LineupError {
  const owner = ownerOf(traits);
  return new LineupError(
    'audience_name_taken',
    sentence`${owner} already has an audience "${name}" with the ID ${id}. Use that one, or choose another name.`,
    { reason: traits.reasons.nameTaken },
  );
}
