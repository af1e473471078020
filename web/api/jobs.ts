/** Jobs. */
import {
  keepPreviousData,
  type MutationFunctionContext,
  mutationOptions,
  type QueryClient,
  queryOptions,
} from '@tanstack/react-query';
import type { JobRow } from '../../src/contracts/job-rows.ts';
import type { JobView, NewJob, PlainAction } from '../../src/contracts/jobs.ts';
import type { OutlookRequest } from '../../src/contracts/outlook.ts';
import type { HistoryDays } from '../../src/domain/jobs/history.ts';
import type { JobSort, SortOrder } from '../../src/domain/jobs/lists.ts';
import { type ScheduleKeys, scheduleOf } from '../../src/domain/schedule/schedule.ts';
import type { Language } from '../i18n/messages.ts';
import { INCOMPLETE, type JobsFilter } from '../lib/jobs-filter.ts';
import { type Noun, refresh, refreshing } from './change.ts';
import { type BodyOf, call, fromAddress } from './client.ts';

const noun = 'jobs' satisfies Noun;

/** Its run goes on, or somebody has stopped it and it has not ended yet. */
const isBusy = ({ status, last_run }: JobView): boolean => status === 'runnable' || last_run?.stopping === true;

/** The newest job; null when there is none. */
export const newestJobQuery = queryOptions({
  queryKey: [noun, 'newest'],
  queryFn: async ({ signal }) => (await call('GET /jobs', { query: { limit: 1 }, signal })).items[0] ?? null,
});

/** The lines of all jobs: the browser searches, sorts and groups them. `next` is null unless there are too many. */
export const jobRowsQuery = queryOptions({
  queryKey: [noun, 'rows'],
  queryFn: ({ signal }) => call('GET /jobs/rows', { signal }),
  refetchInterval: ({ state: { data } }) => {
    if (data?.next != null) return false;
    return data?.items.some(isRunning) ? (data.items.length > MANY ? 5_000 : 2_000) : 15_000;
  },
});

/** More rows than that are asked for less often. */
const MANY = 200;

const isRunning = ({ condition }: JobRow): boolean => condition === 'running';

/** A page of an installation with too many jobs for that: the server searches and sorts. */
export const jobPageQuery = (filter: JobsFilter) =>
  queryOptions({
    queryKey: [noun, 'page', filter],
    queryFn: ({ signal }) => {
      const { sort, order, cursor } = filter;
      const sorted = { sort: fromAddress<JobSort>(sort), order: fromAddress<SortOrder>(order) };
      return call('GET /jobs/rows', { query: { ...conditionsOf(filter), ...sorted, cursor, limit: 100 }, signal });
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some(isRunning) ? 2_000 : 15_000),
  });

/** What the address says of the jobs, as the server reads it. */
export function conditionsOf({ condition, search, tag }: JobsFilter) {
  const how =
    condition === INCOMPLETE
      ? { incomplete: 'true' as const }
      : { condition: fromAddress<JobRow['condition']>(condition) };
  return { ...how, search, tag };
}

export const jobTagsQuery = queryOptions({
  queryKey: [noun, 'tags'],
  queryFn: async ({ signal }) => (await call('GET /jobs/tags', { signal })).items,
});

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id],
    queryFn: ({ signal }) => call('GET /jobs/:id', { params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data && isBusy(state.data) ? 1_000 : 15_000),
  });

/** The runs of the last days, and what happened to the job: for its charts. */
export const jobHistoryQuery = (id: string, days: HistoryDays) =>
  queryOptions({
    queryKey: [noun, id, 'history', days],
    queryFn: ({ signal }) => call('GET /jobs/:id/history', { params: { id }, query: { days }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });

/** The audiences of a job that has one for each value of a column. There are at most as many as fit on a page. */
export const jobPartsQuery = ({ id, status, last_run }: JobView) =>
  queryOptions({
    queryKey: [noun, id, 'parts', status, last_run?.id],
    queryFn: async ({ signal }) =>
      (await call('GET /jobs/:id/parts', { params: { id }, query: { limit: 200 }, signal })).items,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.some(isRunning) ? 2_000 : 15_000),
  });

export const jobLogQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id, 'log'],
    queryFn: ({ signal }) => call('GET /jobs/:id/log', { params: { id }, query: { limit: 50 }, signal }),
  });

/** The names of jobs, for a list to choose from. */
export const jobNamesQuery = (search: string) =>
  queryOptions({
    queryKey: [noun, 'names', search],
    queryFn: async ({ signal }) => (await call('GET /jobs', { query: { search, limit: 50 }, signal })).items,
    placeholderData: keepPreviousData,
  });

/**
 * What the list of a job will hold, where members leave by age.
 * @param since the end of its last run, which has renewed the days
 */
export const outlookQuery = (body: OutlookRequest, since: string | null = null) =>
  queryOptions({
    queryKey: [noun, 'outlook', body, since],
    queryFn: ({ signal }) => call('POST /jobs/outlook', { body, signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** What a job becomes at the destination of this authorization. Nothing is created. */
export const jobMoveQuery = (id: string, authorization_id: string) =>
  queryOptions({
    queryKey: [noun, id, 'move', authorization_id],
    queryFn: ({ signal }) => call('GET /jobs/:id/move', { params: { id }, query: { authorization_id }, signal }),
    // The form keeps what it began with.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** What the server would refuse in a new job, and what it would warn of. */
export const jobValidationQuery = (input: NewJob) =>
  queryOptions({
    queryKey: [noun, 'validate', input],
    queryFn: ({ signal }) => call('POST /jobs/validate', { body: input, signal }),
    staleTime: 30_000,
  });

/**
 * The next times of a schedule, and its cron expressions in words. It is not asked while the schedule is incomplete.
 */
export const schedulePreviewQuery = (configuration: ScheduleKeys | undefined, language: Language) => {
  const schedule = configuration && scheduleOf(configuration);
  return queryOptions({
    queryKey: ['schedule-preview', schedule, language],
    queryFn: ({ signal }) => {
      // The times of cron expressions are less easy to foresee.
      const count = schedule?.run_frequency === 'custom' ? 5 : 3;
      return call('POST /jobs/next-times', { body: { schedule: schedule!, count, language }, signal });
    },
    enabled: schedule !== undefined,
  });
};

/** The results of earlier checks of new jobs may have changed. */
export const refreshJobValidations = (queries: QueryClient): Promise<void> =>
  queries.invalidateQueries({ queryKey: [noun, 'validate'] });

/** Shows a job as it is after a change, and marks the data of these nouns as out of date. */
export const takingOver =
  (id: string, ...nouns: readonly Noun[]) =>
  (changed: JobView, _variables: unknown, _result: unknown, { client }: MutationFunctionContext): Promise<void> => {
    client.setQueryData(jobQuery(id).queryKey, changed);
    return refresh(client, ...nouns);
  };

/**
 * Takes over what runs have done since the job was loaded, unless somebody else has edited it: then saving is refused.
 */
export async function takeOverUnlessEdited(queries: QueryClient, { id, revision }: JobView): Promise<void> {
  const now = await call('GET /jobs/:id', { params: { id } });
  if (now.revision === revision) queries.setQueryData(jobQuery(id).queryKey, now);
}

/** The job as somebody else has left it. */
export async function takeOver(queries: QueryClient, id: string): Promise<JobView> {
  const now = await call('GET /jobs/:id', { params: { id } });
  queries.setQueryData(jobQuery(id).queryKey, now);
  return now;
}

interface NewJobCall {
  readonly body: NewJob;
  readonly idempotencyKey: string;
}

export const createJob = mutationOptions({
  mutationFn: (input: NewJobCall) => call('POST /jobs', input),
  onSuccess: refreshing(noun, 'suppression-lists'),
});

export const changeJob = (id: string) =>
  mutationOptions({
    mutationFn: (body: BodyOf<'PATCH /jobs/:id'>) => call('PATCH /jobs/:id', { params: { id }, body }),
    // The name of the audience may have changed.
    onSuccess: refreshing('custom-audiences', noun, 'suppression-lists'),
  });

export const tagJob = ({ id, revision }: JobView) =>
  mutationOptions({
    mutationFn: (tags: string[]) => call('PATCH /jobs/:id', { params: { id }, body: { revision, tags } }),
    onSuccess: takingOver(id, noun),
  });

export const actOnJob = (id: string) =>
  mutationOptions({
    mutationFn: (action: PlainAction) => call('POST /jobs/:id/actions/:action', { params: { id, action } }),
    onSuccess: takingOver(id, noun, 'runs', 'suppression-lists'),
  });

export const deleteJob = mutationOptions({
  mutationFn: (id: string) => call('DELETE /jobs/:id', { params: { id } }),
  onSuccess: (_, id, __, { client }) => {
    client.removeQueries(jobQuery(id));
    return refresh(client, noun, 'suppression-lists');
  },
});

export const makeWebhookSecret = mutationOptions({
  mutationFn: ({ id, ...body }: BodyOf<'POST /jobs/:id/webhook-secret'> & { readonly id: string }) =>
    call('POST /jobs/:id/webhook-secret', { params: { id }, body }),
  onSuccess: refreshing(noun),
});
