/** Runs. */
import { keepPreviousData, mutationOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import type { RunSummary } from '../../src/contracts/runs.ts';
import { isActive } from '../../src/domain/runs/run-state.ts';
import { type DeliveryProgress, heardAfter } from '../lib/delivery-progress.ts';
import { type RunSearch, runFilterOf } from '../lib/run-filter.ts';
import { type Noun, refresh, refreshing } from './change.ts';
import { type AnswerOf, addressOf, call, eventData, orNull, type QueryOf } from './client.ts';

type Run = AnswerOf<'GET /runs/:id'>;

const noun = 'runs' satisfies Noun;

const ended: readonly Run['status'][] = ['succeeded', 'failed', 'interrupted', 'dry_run', 'stopped'];
export const hasEnded = ({ status }: Pick<Run, 'status'>): boolean => ended.includes(status);

export const runsQuery = (filter: QueryOf<'GET /runs'>) =>
  queryOptions({
    queryKey: [noun, 'list', filter],
    queryFn: ({ signal }) => call('GET /runs', { query: { limit: 50, ...filter }, signal }),
    placeholderData: keepPreviousData,
  });

/** A page of the runs of all jobs. It is fetched again as long as one of them is running. */
export const allRunsQuery = (search: RunSearch, timeZone: string | undefined) =>
  queryOptions({
    queryKey: [noun, 'all', search, timeZone],
    queryFn: ({ signal }) =>
      call('GET /runs', {
        query: { ...runFilterOf(search, Date.now(), timeZone), cursor: search.cursor, limit: 50 },
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.fetchFailureReason || state.data?.items.some(isActive) ? 2_000 : 15_000),
  });

/**
 * The newest runs that are in progress, by their jobs: one small answer for a list of any length. When one of them
 * ends, the jobs are fetched again.
 */
export const runningRunsQuery = queryOptions({
  queryKey: [noun, 'running'],
  queryFn: async ({ signal, client }) => {
    const query = { status: ['queued' as const, 'running' as const], limit: 100 };
    const { items } = await call('GET /runs', { query, signal });
    const now = new Map(items.flatMap((run) => (run.job_id === null ? [] : [[run.job_id, run] as const])));
    const before = client.getQueryData<typeof now>([noun, 'running']);
    if (before && [...before].some(([job, run]) => now.get(job)?.id !== run.id)) void refresh(client, 'jobs');
    return now;
  },
  refetchInterval: ({ state }) => (state.data?.size === 0 ? 15_000 : 1_500),
});

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id],
    queryFn: ({ signal }) => call('GET /runs/:id', { params: { id }, signal }),
  });

/** Null before the run has started. */
export const runReportQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id, 'report'],
    queryFn: ({ signal }) => orNull(call('GET /runs/:id/report', { params: { id }, signal })),
  });

/** The URL that downloads the report of a run. */
export const runReportFile = (id: string, format: 'csv' | 'json'): string =>
  addressOf(format === 'csv' ? 'GET /runs/:id/report.csv' : 'GET /runs/:id/report', { params: { id } });

export const runJournalQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id, 'journal'],
    queryFn: ({ signal }) => call('GET /runs/:id/journal', { params: { id }, query: { limit: 200 }, signal }),
  });

export const runRequestsQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id, 'requests'],
    queryFn: ({ signal }) => call('GET /runs/:id/requests', { params: { id }, query: { limit: 200 }, signal }),
  });

/** @param delivery the number of the audience, from 1 */
export const runMatchingQuery = (id: string, delivery: number) =>
  queryOptions({
    queryKey: [noun, id, 'matching', delivery],
    queryFn: async ({ signal }) =>
      (await call('GET /runs/:id/matching', { params: { id }, query: { delivery }, signal })).items,
    refetchInterval: 15_000,
  });

/** What an open page has last heard of each delivery of a run that it follows, by its number. Nothing is requested. */
export const deliveryProgressQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id, 'deliveries'],
    queryFn: (): DeliveryProgress => ({}),
    enabled: false,
    initialData: {},
  });

/** Refreshes only the run, not its report or its journal. */
export const refreshRun = (queries: QueryClient, id: string): Promise<void> =>
  queries.invalidateQueries({ ...runQuery(id), exact: true });

/** Refreshes the run, its report and its journal. */
export function refreshProgress(queries: QueryClient, id: string): void {
  void refreshRun(queries, id);
  void queries.invalidateQueries(runReportQuery(id));
  void queries.invalidateQueries(runJournalQuery(id));
}

/** Refreshes all data of a run that has ended, and its job. */
export async function refreshEndedRun(queries: QueryClient, id: string): Promise<void> {
  await queries.invalidateQueries(runQuery(id));
  await refresh(queries, 'jobs');
}

const EVENTS = 'GET /runs/:id/events';

/** The URL of the stream of a run's events. */
export const runEvents = (id: string): string => addressOf(EVENTS, { params: { id } });

export type RunUpdate = ReturnType<typeof eventData<typeof EVENTS>>;

export const updateOf = (message: MessageEvent<string>): RunUpdate => eventData(EVENTS, message);

/** Puts an update into the cache. @returns whether the run has ended */
export function applyUpdate(queries: QueryClient, id: string, update: RunUpdate): boolean {
  const { queryKey } = runQuery(id);
  queries.setQueryData(deliveryProgressQuery(id).queryKey, (before) => heardAfter(before, update));
  if (update.type === 'run') {
    queries.setQueryData(queryKey, update.run);
    return hasEnded(update.run);
  }
  if (update.type === 'progress') {
    const { progress } = update;
    queries.setQueryData(queryKey, (before) => before && { ...before, progress });
  }
  return false;
}

/** Stops a run of a job, unless the run has ended by itself. */
export const stopRun = (id: string, jobId: string) =>
  mutationOptions({
    mutationFn: async () => {
      // The job may have started another run since the page last looked. The person did not ask to stop that one.
      const now = await call('GET /runs/:id', { params: { id } });
      if (hasEnded(now)) return;
      await call('POST /jobs/:id/actions/:action', { params: { id: jobId, action: 'stop_run' } });
    },
    onSuccess: refreshing('jobs', noun),
  });

type Skipped = Pick<RunSummary, 'missing' | 'invalid' | 'suppressed' | 'held_out' | 'duplicates'>;

/** The number of values that get no line: missing, invalid, left out and duplicate. */
export const skippedOf = ({ missing, invalid, suppressed, held_out, duplicates }: Skipped): number =>
  (missing ?? 0) + (invalid ?? 0) + (suppressed ?? 0) + (held_out ?? 0) + (duplicates ?? 0);
