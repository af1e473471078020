/** What can be asked of the API, each with the key under which its answer is kept. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { AuditFilter, ShownAuditEntry } from '../../src/contracts/audit.ts';
import type { Authorization } from '../../src/contracts/authorizations.ts';
import type {
  AdAccountRef,
  AdAccounts,
  CustomAudience,
  CustomAudienceSize,
} from '../../src/contracts/custom-audiences.ts';
import type { FileOptions } from '../../src/contracts/file-options.ts';
import type { JobPage, JobTransition, JobView, TagInUse } from '../../src/contracts/jobs.ts';
import type { Channel } from '../../src/contracts/notifications.ts';
import type { Page } from '../../src/contracts/page.ts';
import type { ApiToken, Role, User } from '../../src/contracts/people.ts';
import type { Operation } from '../../src/contracts/permissions.ts';
import type { ConfigurationField } from '../../src/contracts/providers.ts';
import type { RunDocument } from '../../src/contracts/run.ts';
import type { NumberedRunEvent, RunDetail, RunPage } from '../../src/contracts/run-progress.ts';
import type { MatchingObservation, RunRequestEntry, RunSummary } from '../../src/contracts/runs.ts';
import type { Schedule } from '../../src/contracts/schedule.ts';
import type { SettingsView } from '../../src/contracts/settings.ts';
import type {
  Preview,
  PreviewRequest,
  Sample,
  SampleRequest,
  Source,
  SourceAudiencePage,
  SourceFields,
} from '../../src/contracts/sources.ts';
import type { Upload } from '../../src/contracts/uploads.ts';
import { ApiError, get, post } from './client.ts';

export interface Me {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly user: User | null;
  readonly operations: readonly Operation[];
  /** In which times are shown; null: the reader's own. */
  readonly time_zone: string | null;
}

/** A provider as the API tells it. */
export interface ProviderView {
  readonly id: string;
  readonly label: string;
  readonly role: 'destination' | 'source';
  readonly methods: readonly { id: string; label: string; fields: readonly ConfigurationField[] }[];
  readonly job_types: readonly { id: string; label: string }[];
}

interface SignInWays {
  readonly setup_needed: boolean;
  readonly single_sign_on: { readonly label: string } | null;
}

interface Items<T> {
  readonly items: readonly T[];
}

/** Null for nobody. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await get<Me>('/me', {}, signal);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not_signed_in') return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export const signInQuery = queryOptions({
  queryKey: ['sign-in'],
  queryFn: ({ signal }) => get<SignInWays>('/sign-in', {}, signal),
});

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: async ({ signal }) => (await get<Items<ProviderView>>('/providers', {}, signal)).items,
  staleTime: Number.POSITIVE_INFINITY,
});

export const authorizationsQuery = queryOptions({
  queryKey: ['authorizations'],
  queryFn: async ({ signal }) => (await get<Items<Authorization>>('/authorizations', {}, signal)).items,
});

export const authorizationQuery = (id: string) =>
  queryOptions({
    queryKey: ['authorizations', id],
    queryFn: ({ signal }) => get<Authorization>(`/authorizations/${id}`, {}, signal),
  });

export const authorizationJobsQuery = (id: string) =>
  queryOptions({
    queryKey: ['authorizations', id, 'jobs'],
    queryFn: async ({ signal }) =>
      (await get<Items<{ id: string; name: string }>>(`/authorizations/${id}/jobs`, {}, signal)).items,
  });

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: async ({ signal }) => (await get<Items<Source>>('/sources', {}, signal)).items,
});

export const sourceAudiencesQuery = (authorization_id: string | undefined, search: string) =>
  queryOptions({
    queryKey: ['sources', authorization_id ?? null, 'audiences', search],
    queryFn: ({ signal }) =>
      get<SourceAudiencePage>('/sources/audiences', { authorization_id, search, limit: 50 }, signal),
    placeholderData: keepPreviousData,
  });

export const sourceFieldsQuery = (
  authorization_id: string | undefined,
  segment_id: string,
  options: FileOptions,
) =>
  queryOptions({
    queryKey: ['sources', authorization_id ?? null, 'fields', segment_id, options],
    queryFn: ({ signal }) =>
      get<SourceFields>('/sources/fields', { authorization_id, segment_id, ...options }, signal),
    enabled: segment_id !== '',
    staleTime: 60_000,
  });

interface Uploads extends Items<Upload> {
  readonly max_bytes: number;
}

export const uploadsQuery = queryOptions({
  queryKey: ['uploads'],
  queryFn: ({ signal }) => get<Uploads>('/uploads', {}, signal),
});

export const uploadQuery = (id: string) =>
  queryOptions({
    queryKey: ['uploads', id],
    queryFn: ({ signal }) => get<Upload>(`/uploads/${id}`, {}, signal),
  });

export const previewQuery = (request: PreviewRequest | null) =>
  queryOptions({
    queryKey: ['sources', 'preview', request],
    queryFn: ({ signal }) => post<Preview>('/sources/preview', request, { signal }),
    enabled: request !== null,
    staleTime: 60_000,
  });

export const sampleQuery = (request: SampleRequest) =>
  queryOptions({
    queryKey: ['sources', 'sample', request],
    queryFn: ({ signal }) => post<Sample>('/sources/sample', request, { signal }),
    staleTime: 60_000,
  });

interface AccountFilter {
  readonly authorization_id: string;
  readonly adaccount_id: string;
  readonly search?: string;
  readonly identifier_type?: string;
  readonly cursor?: string;
}

export const customAudiencesQuery = (filter: AccountFilter, enabled = true) =>
  queryOptions({
    queryKey: ['custom-audiences', filter],
    queryFn: ({ signal }) =>
      get<Page<CustomAudience>>('/custom-audiences', { ...filter, limit: 100 }, signal),
    enabled: enabled && filter.authorization_id !== '' && /^[A-Za-z0-9]+$/.test(filter.adaccount_id),
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });

/** What an audience holds; of one that is to be made there is nothing to ask. */
export const customAudienceSizeQuery = (
  account: Pick<AccountFilter, 'authorization_id' | 'adaccount_id'>,
  audienceId: string,
) =>
  queryOptions({
    queryKey: ['custom-audiences', 'size', account, audienceId],
    queryFn: ({ signal }) =>
      get<CustomAudienceSize>(
        `/custom-audiences/${encodeURIComponent(audienceId)}/size`,
        { ...account },
        signal,
      ),
    enabled:
      audienceId !== '' && account.authorization_id !== '' && /^[A-Za-z0-9]+$/.test(account.adaccount_id),
    staleTime: 15_000,
  });

/** One of LINE's audiences; null when the ad account has none of that id. */
export const customAudienceQuery = (account: AdAccountRef, id: string | null) =>
  queryOptions({
    queryKey: ['custom-audiences', account, id],
    queryFn: async ({ signal }): Promise<CustomAudience | null> => {
      try {
        return await get<CustomAudience>(`/custom-audiences/${id}`, { ...account }, signal);
      } catch (error) {
        if (error instanceof ApiError && error.code === 'not_found') return null;
        throw error;
      }
    },
    enabled: id !== null,
    staleTime: 15_000,
  });

export const adAccountsQuery = (authorization_id: string) =>
  queryOptions({
    queryKey: ['ad-accounts', authorization_id],
    queryFn: ({ signal }) => get<AdAccounts>('/ad-accounts', { authorization_id }, signal),
    enabled: authorization_id !== '',
    staleTime: 60_000,
  });

/** The job that was made last; null when there is none. */
export const newestJobQuery = queryOptions({
  queryKey: ['jobs', 'newest'],
  queryFn: async ({ signal }) => (await get<JobPage>('/jobs', { limit: 1 }, signal)).items[0] ?? null,
});

/** Among the conditions of the list's filter, though a job has it beside one of them. */
export const INCOMPLETE = 'incomplete';

export interface JobsFilter {
  /** One of the jobs' conditions, or `INCOMPLETE`. */
  readonly condition?: string;
  readonly search?: string;
  readonly tag?: string;
  readonly sort?: string;
  readonly order?: string;
  readonly cursor?: string;
}

export const jobsQuery = ({ condition, ...filter }: JobsFilter) =>
  queryOptions({
    queryKey: ['jobs', 'list', condition, filter],
    queryFn: ({ signal }) => {
      const how = condition === INCOMPLETE ? { incomplete: 'true' } : { condition };
      return get<JobPage>('/jobs', { ...filter, ...how, limit: 50 }, signal);
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some(isBusy) ? 2_000 : 15_000),
  });

export const jobTagsQuery = queryOptions({
  queryKey: ['jobs', 'tags'],
  queryFn: async ({ signal }) => (await get<Items<TagInUse>>('/jobs/tags', {}, signal)).items,
});

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['jobs', id],
    queryFn: ({ signal }) => get<JobView>(`/jobs/${id}`, {}, signal),
    refetchInterval: ({ state }) => (state.data && isBusy(state.data) ? 2_000 : 15_000),
  });

const isBusy = (job: JobView): boolean => job.status === 'runnable';

export const jobLogQuery = (id: string) =>
  queryOptions({
    queryKey: ['jobs', id, 'log'],
    queryFn: ({ signal }) => get<Page<JobTransition>>(`/jobs/${id}/log`, { limit: 50 }, signal),
  });

/** The next times of a schedule; null for one that is not complete. */
export const nextTimesQuery = (schedule: Schedule | null) =>
  queryOptions({
    queryKey: ['next-times', schedule],
    queryFn: async () => (await post<{ times: string[] }>('/jobs/next-times', { schedule, count: 3 })).times,
    enabled: schedule !== null,
  });

export const runsQuery = (filter: { job_id?: string; status?: string; cursor?: string; limit?: number }) =>
  queryOptions({
    queryKey: ['runs', 'list', filter],
    queryFn: ({ signal }) => get<Page<RunSummary>>('/runs', { limit: 50, ...filter }, signal),
    placeholderData: keepPreviousData,
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', id],
    queryFn: ({ signal }) => get<RunDetail>(`/runs/${id}`, {}, signal),
  });

/** In the address in place of a job: all those that are deleted. */
export const DELETED_JOBS = 'deleted';

/** The filter of all runs, as the address has it. */
export interface RunSearch {
  /** Several are joined by commas. */
  readonly status?: string;
  readonly job?: string;
  readonly account?: string;
  /** `24h`, `7d`, `30d`: until now; or `dates`. */
  readonly time?: string;
  /** Days where the reader is. */
  readonly from?: string;
  readonly to?: string;
  readonly cursor?: string;
}

const HOUR = 3_600_000;
const spans: Readonly<Record<string, number>> = { '24h': 24 * HOUR, '7d': 168 * HOUR, '30d': 720 * HOUR };

/** Midnight where the reader is, as many days after the day. */
function midnight(day: string | undefined, after: number): string | undefined {
  const [year, month, date] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? '') ?? []).slice(1).map(Number);
  if (year === undefined || month === undefined || date === undefined) return undefined;
  return new Date(year, month - 1, date + after).toISOString();
}

/** A page of the runs of all jobs, asked for again while any of them goes on. */
export const allRunsQuery = (search: RunSearch) =>
  queryOptions({
    queryKey: ['runs', 'all', search],
    queryFn: ({ signal }) => {
      const { status, job, account, time, from, to, cursor } = search;
      const span = spans[time ?? ''];
      const asked = {
        status: status?.split(','),
        job_id: job === DELETED_JOBS ? undefined : job,
        deleted_job: job === DELETED_JOBS ? 'true' : undefined,
        ad_account: account,
        from: span === undefined ? midnight(from, 0) : new Date(Date.now() - span).toISOString(),
        to: span === undefined ? midnight(to, 1) : undefined,
        cursor,
        limit: 50,
      };
      return get<RunPage>('/runs', asked, signal);
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.fetchFailureReason ||
      state.data?.items.some(({ status }) => status === 'running' || status === 'queued')
        ? 2_000
        : 15_000,
  });

/** Names of jobs, to choose one from. */
export const jobNamesQuery = (search: string) =>
  queryOptions({
    queryKey: ['jobs', 'names', search],
    queryFn: async ({ signal }) =>
      (await get<Page<JobView>>('/jobs', { search: search || undefined, limit: 50 }, signal)).items,
    placeholderData: keepPreviousData,
  });

/** Null while it has not begun. */
export const runReportQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', id, 'report'],
    queryFn: async ({ signal }): Promise<RunDocument | null> => {
      try {
        return await get<RunDocument>(`/runs/${id}/report`, {}, signal);
      } catch (error) {
        if (error instanceof ApiError && error.code === 'not_found') return null;
        throw error;
      }
    },
  });

export const runJournalQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', id, 'journal'],
    queryFn: ({ signal }) => get<Page<NumberedRunEvent>>(`/runs/${id}/journal`, { limit: 200 }, signal),
  });

export const runRequestsQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', id, 'requests'],
    queryFn: ({ signal }) => get<Page<RunRequestEntry>>(`/runs/${id}/requests`, { limit: 200 }, signal),
  });

export const runMatchingQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', id, 'matching'],
    queryFn: async ({ signal }) =>
      (await get<Items<MatchingObservation>>(`/runs/${id}/matching`, {}, signal)).items,
    refetchInterval: 15_000,
  });

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: async ({ signal }) => (await get<Items<User>>('/users', {}, signal)).items,
});

export const apiTokensQuery = queryOptions({
  queryKey: ['api-tokens'],
  queryFn: async ({ signal }) => (await get<Items<ApiToken>>('/api-tokens', {}, signal)).items,
});

export const auditLogQuery = (filter: AuditFilter & { cursor?: string }) =>
  queryOptions({
    queryKey: ['audit-log', filter],
    queryFn: ({ signal }) => get<Page<ShownAuditEntry>>('/audit-log', { ...filter, limit: 50 }, signal),
    placeholderData: keepPreviousData,
  });

export const channelsQuery = queryOptions({
  queryKey: ['notification-channels'],
  queryFn: async ({ signal }) => (await get<Items<Channel>>('/notification-channels', {}, signal)).items,
});

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => get<SettingsView>('/settings', {}, signal),
});
