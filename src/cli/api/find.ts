/** Finds jobs, authorizations, suppression lists, channels and API tokens by id or by name. */
import { calledAs } from '../../config/environment.ts';
import type { Authorization } from '../../contracts/authorizations.ts';
import type { JobListQuery, JobView } from '../../contracts/jobs.ts';
import type { Channel } from '../../contracts/notifications.ts';
import type { SuppressionList } from '../../domain/audiences/suppression-lists.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { ApiToken, User } from '../../domain/people/people.ts';
import type { ApiClient } from './client.ts';

export async function listAuthorizations(client: ApiClient): Promise<readonly Authorization[]> {
  return (await client.call('GET /authorizations')).items;
}

/** @throws {LineupError} `not_found`; `invalid_argument` when several have that label */
export async function findAuthorization(client: ApiClient, idOrName: string): Promise<Authorization> {
  const all = await listAuthorizations(client);
  const known = all.map(({ label }) => `"${label}"`).join(', ') || 'none';
  return theOne('authorization', idOrName, all, byLabel, `The service has ${known}.`);
}

export async function listSuppressionLists(client: ApiClient): Promise<readonly SuppressionList[]> {
  return (await client.call('GET /suppression-lists')).items;
}

/** @throws {LineupError} `not_found`; `invalid_argument` when a name is the id of another one */
export async function findSuppressionList(client: ApiClient, idOrName: string): Promise<SuppressionList> {
  return theOne(
    'suppression list',
    idOrName,
    await listSuppressionLists(client),
    byName,
    listedBy('suppression-lists'),
  );
}

export async function listJobs(client: ApiClient, filter: JobFilter = {}): Promise<JobView[]> {
  const jobs: JobView[] = [];
  const query = { ...filter, incomplete: filter.incomplete && ('true' as const) };
  for await (const job of client.list('GET /jobs', { query })) jobs.push(job);
  return jobs;
}

export type JobFilter = Pick<JobListQuery, 'condition' | 'incomplete' | 'search' | 'tag' | 'sort' | 'order'>;

/** @throws {LineupError} `not_found`; `invalid_argument` when several have that name */
export async function findJob(client: ApiClient, idOrName: string): Promise<JobView> {
  const { jobs, unknown } = await findJobs(client, [idOrName]);
  if (jobs[0]) return jobs[0];
  throw unknown.get(idOrName);
}

export interface FoundJobs {
  readonly jobs: readonly JobView[];
  /** What is wrong with the others, by what was given: the errors of `findJob`. */
  readonly unknown: ReadonlyMap<string, LineupError>;
}

/** Each job once. */
export async function findJobs(client: ApiClient, idOrName: readonly string[]): Promise<FoundJobs> {
  const all = await listJobs(client);
  const jobs = new Set<JobView>();
  const unknown = new Map<string, LineupError>();
  for (const given of idOrName) {
    try {
      jobs.add(jobCalled(all, given));
    } catch (error) {
      if (!(error instanceof LineupError)) throw error;
      const part = error.code === 'not_found' ? await unlisted(client, given) : undefined;
      if (part) jobs.add(part);
      else unknown.set(given, error);
    }
  }
  return { jobs: [...jobs], unknown };
}

/** The parts of a job are not among the jobs. They are found by their ids. */
const unlisted = (client: ApiClient, id: string): Promise<JobView | undefined> =>
  client.call('GET /jobs/:id', { params: { id } }).catch((error: unknown) => {
    if (error instanceof LineupError && error.code === 'not_found') return undefined;
    throw error;
  });

const jobCalled = (all: readonly JobView[], idOrName: string): JobView =>
  theOne('job', idOrName, all, byName, listedBy('jobs'));

export async function listChannels(client: ApiClient): Promise<readonly Channel[]> {
  return (await client.call('GET /notification-channels')).items;
}

/** @throws {LineupError} `not_found`; `invalid_argument` when several have that label */
export async function findChannel(client: ApiClient, idOrName: string): Promise<Channel> {
  return theOne('channel', idOrName, await listChannels(client), byLabel, listedBy('notifications'));
}

export async function listApiTokens(client: ApiClient): Promise<readonly ApiToken[]> {
  return (await client.call('GET /api-tokens')).items;
}

/** @throws {LineupError} `not_found`; `invalid_argument` when several have that name */
export async function findApiToken(client: ApiClient, idOrName: string): Promise<ApiToken> {
  return theOne('API token', idOrName, await listApiTokens(client), byName, listedBy('tokens'));
}

/** By id, e-mail address or name. @throws {LineupError} as `findApiToken` */
export async function findUser(client: ApiClient, given: string): Promise<User> {
  const { items } = await client.call('GET /users');
  const namesOf = ({ name, email }: User) => (email === given.toLowerCase() ? [name, given] : [name]);
  return theOne('user', given, items, namesOf, listedBy('users'));
}

const byName = ({ name }: { readonly name: string }): string[] => [name];
const byLabel = ({ label }: { readonly label: string }): string[] => [label];

const listedBy = (noun: string): string => `Run "${calledAs()} ${noun} list" to list them.`;

/** @param known how to see all of them */
function theOne<T extends { id: string }>(
  kind: string,
  idOrName: string,
  all: readonly T[],
  namesOf: (thing: T) => readonly string[],
  known: string,
): T {
  const matching = all.filter((thing) => thing.id === idOrName || namesOf(thing).includes(idOrName));
  const [only, another] = matching;
  if (!only) throw new LineupError('not_found', `There is no ${kind} "${idOrName}". ${known}`);
  if (!another) return only;
  throw new LineupError(
    'invalid_argument',
    `Several have the name "${idOrName}". Use the id: ${matching.map(({ id }) => id).join(' or ')}.`,
  );
}
