/** Jobs, authorizations, channels and API tokens as people call them: by id or by name. */
import type { Authorization } from '../../contracts/authorizations.ts';
import { LineupError } from '../../contracts/errors.ts';
import type { JobListQuery, JobView } from '../../contracts/jobs.ts';
import type { Channel } from '../../contracts/notifications.ts';
import type { ApiToken } from '../../contracts/people.ts';
import type { ApiClient } from './client.ts';

export async function listAuthorizations(client: ApiClient): Promise<readonly Authorization[]> {
  return (await client.call('GET /authorizations')).items;
}

/** @throws {LineupError} `not_found`; `invalid_argument` when several have that label */
export async function findAuthorization(client: ApiClient, called: string): Promise<Authorization> {
  const all = await listAuthorizations(client);
  const matching = all.filter(({ id, label }) => id === called || label === called);
  const known = all.map(({ label }) => `"${label}"`).join(', ') || 'none';
  return theOne('authorization', called, matching, `The service has ${known}.`);
}

export async function listJobs(client: ApiClient, filter: JobFilter = {}): Promise<JobView[]> {
  const jobs: JobView[] = [];
  const query = { ...filter, incomplete: filter.incomplete && ('true' as const) };
  for await (const job of client.list('GET /jobs', { query })) jobs.push(job);
  return jobs;
}

export type JobFilter = Pick<JobListQuery, 'condition' | 'incomplete' | 'search' | 'tag'>;

/** @throws {LineupError} `not_found`; `invalid_argument` when several have that name */
export async function findJob(client: ApiClient, called: string): Promise<JobView> {
  return jobCalled(await listJobs(client), called);
}

/** Each of them once. @throws {LineupError} as `findJob` */
export async function findJobs(client: ApiClient, called: readonly string[]): Promise<JobView[]> {
  const all = await listJobs(client);
  return [...new Set(called.map((one) => jobCalled(all, one)))];
}

const jobCalled = (all: readonly JobView[], called: string): JobView =>
  theOne(
    'job',
    called,
    all.filter(({ id, name }) => id === called || name === called),
    '"lineup jobs list" shows those there are.',
  );

export async function listChannels(client: ApiClient): Promise<readonly Channel[]> {
  return (await client.call('GET /notification-channels')).items;
}

/** @throws {LineupError} `not_found`; `invalid_argument` when several have that label */
export async function findChannel(client: ApiClient, called: string): Promise<Channel> {
  const matching = (await listChannels(client)).filter(({ id, label }) => id === called || label === called);
  return theOne('channel', called, matching, '"lineup notifications list" shows those there are.');
}

export async function listApiTokens(client: ApiClient): Promise<readonly ApiToken[]> {
  return (await client.call('GET /api-tokens')).items;
}

/** @throws {LineupError} `not_found`; `invalid_argument` when several have that name */
export async function findApiToken(client: ApiClient, called: string): Promise<ApiToken> {
  const matching = (await listApiTokens(client)).filter(({ id, name }) => id === called || name === called);
  return theOne('API token', called, matching, '"lineup tokens list" shows those there are.');
}

function theOne<T extends { id: string }>(
  kind: string,
  called: string,
  matching: readonly T[],
  known: string,
): T {
  const [only, another] = matching;
  if (!only) throw new LineupError('not_found', `There is no ${kind} "${called}". ${known}`);
  if (!another) return only;
  throw new LineupError(
    'invalid_argument',
    `Several have the name "${called}": say which by its id, ${matching.map(({ id }) => id).join(' or ')}.`,
  );
}
