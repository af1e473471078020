/** The toy behind the port of destinations. */
import type {
  Accepted,
  Account,
  Audience,
  Destination,
  DestinationCheck,
  Sent,
  UploadJob,
  Written,
} from '../../../src/destinations/destination.ts';
import { LineupError } from '../../../src/domain/errors/errors.ts';
import { asSentence, localized } from '../../../src/domain/text/sentence.ts';
import type { ToyClient } from './client.ts';
import { toyTraits } from './traits.ts';

interface List {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  readonly days: number;
  readonly members: number;
  readonly stopped: boolean;
}

interface Job {
  readonly id: string;
  readonly field: string;
  readonly at: number;
  readonly state: string;
  readonly error: string | null;
}

/** The toy shows jobs by its own clock. So much earlier than ours it may be. */
const SLACK_MS = 60_000;

export function toyDestination(client: ToyClient): Destination {
  const page = async (query: Record<string, string>, signal: AbortSignal | undefined) =>
    client.read<{ lists: List[]; more: boolean }>({
      method: 'GET',
      path: `/lists?${new URLSearchParams(query)}`,
      signal,
    });

  const jobsOf = async (audienceId: string, signal: AbortSignal | undefined, background = false) => {
    const lane = background ? 'background' : 'usual';
    return (await client.read<{ jobs: Job[] }>({ method: 'GET', path: `/lists/${audienceId}/jobs`, lane, signal }))
      .jobs;
  };

  const destination: Destination = {
    traits: toyTraits,

    verify: async (_asked, signal) => {
      const check = (ok: boolean, message: string): DestinationCheck => ({
        name: 'credentials',
        ok,
        ...localized(asSentence(message)),
        ...(!ok && { field: 'configuration.client_secret' }),
      });
      try {
        await page({ size: '1' }, signal);
        return [check(true, 'The toy accepts the credentials.')];
      } catch (error) {
        if (error instanceof LineupError && error.code !== 'interrupted') return [check(false, error.message)];
        throw error;
      }
    },

    accounts: async (): Promise<readonly Account[]> => [],

    page: async (_account, { page: number, size, search = '' }, signal) => {
      const { lists, more } = await page({ page: String(number), size: String(size), search }, signal);
      return { items: lists.map(audienceOf), hasNext: more };
    },

    find: async function* (_account, by, signal) {
      if ('ids' in by && by.ids.length === 0) return;
      const query: Record<string, string> = 'ids' in by ? { ids: by.ids.join(',') } : { name: by.name };
      // A list that is new meanwhile moves the others to the next page.
      const seen = new Set<string>();
      for (let number = 1; ; number += 1) {
        const { lists, more } = await page({ ...query, page: String(number) }, signal);
        for (const list of lists) {
          if (!seen.has(list.id)) yield audienceOf(list);
          seen.add(list.id);
        }
        if (!more) return;
      }
    },

    create: async (_account, { name, memberDays: days }, signal) =>
      mapped(await client.write<List>({ method: 'POST', path: '/lists', json: { name, days }, signal }), audienceOf),

    rename: async (_account, id, name) =>
      mapped(await client.write<List>({ method: 'PATCH', path: `/lists/${id}`, json: { name } }), audienceOf),

    changeDays: async (_account, id, days, signal) =>
      mapped(await client.write<List>({ method: 'PATCH', path: `/lists/${id}`, json: { days }, signal }), audienceOf),

    remove: async (_account, id) =>
      mapped(await client.write<unknown>({ method: 'DELETE', path: `/lists/${id}` }), () => undefined),

    send: async ({ audience, identifierType, bytes, read, onProgress, signal }) => {
      if (!('id' in audience)) throw new Error('The toy creates an audience first.');
      const path = `/lists/${audience.id}/uploads?field=${identifierType}`;
      const file = { bytes, read, onProgress };
      const sent = await client.write<{ job: string }>({ method: 'POST', path, lane: 'upload', file, signal });
      return mapped(sent, ({ job }): Accepted => ({ audienceId: audience.id, audienceName: null, jobId: job }));
    },

    whatBecame: async (sent, signal) => {
      if (!('id' in sent.audience)) return undefined;
      const { id } = sent.audience;
      const candidates = (await jobsOf(id, signal)).filter((job) => mayBe(job, sent));
      // Jobs have no name. Of several it could be any, and what is sent again does no harm: it adds.
      const job = candidates.length === 1 ? candidates[0] : undefined;
      return job && { audienceId: id, audienceName: null, jobId: job.id };
    },

    job: async ({ audience, jobId }, { background, signal }) => {
      if (!('id' in audience) || jobId === null) return undefined;
      const job = (await jobsOf(audience.id, signal, background)).find(({ id }) => id === jobId);
      return job && uploadJobOf(job);
    },

    uploads: async (_account, audienceId, { background, signal }) =>
      (await jobsOf(audienceId, signal, background)).map(uploadJobOf),
  };
  return destination;
}

const mapped = <From, To>(written: Written<From>, map: (value: From) => To): Written<To> =>
  written.outcome === 'taken' ? { outcome: 'taken', value: map(written.value) } : written;

const mayBe = ({ id, field, at }: Job, { identifierType, since, otherJobIds }: Sent): boolean =>
  field === identifierType && !otherJobIds.includes(id) && at >= Date.parse(since) - SLACK_MS;

const audienceOf = ({ id, name, created, days, members, stopped }: List): Audience => ({
  id,
  name,
  identifierType: 'email',
  type: 'LIST',
  status: 'READY',
  failedType: null,
  size: String(members),
  created: new Date(created).toISOString(),
  memberDays: days,
  unusable: stopped ? asSentence('The toy takes nothing more into this list. Use it in an ad.') : null,
});

const states: Partial<Record<string, UploadJob['state']>> = {
  waiting: 'QUEUED',
  running: 'WORKING',
  done: 'FINISHED',
  broken: 'FAILED',
};

/** A word that the toy has added since is none of an ended job. */
const uploadJobOf = ({ id, at, state, error }: Job): UploadJob => ({
  id,
  state: states[state] ?? 'WORKING',
  word: state,
  fileName: '',
  action: 'ADD',
  remark: error,
  meaning: null,
  count: null,
  again: error === 'try_again',
  created: new Date(at).toISOString(),
});
