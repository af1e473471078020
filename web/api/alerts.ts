/** Alerts of jobs. */
import { queryOptions } from '@tanstack/react-query';
import type { Noun } from './change.ts';
import { call } from './client.ts';

/** A part of the job's data, so that what changes the job fetches them again. */
const noun = 'jobs' satisfies Noun;

/** A job has at most one open alert for each rule. @param count how many the job says there are */
export const openAlertsQuery = (jobId: string, count: number) =>
  queryOptions({
    queryKey: [noun, jobId, 'alerts', count],
    queryFn: async ({ signal }) =>
      (await call('GET /alerts', { query: { job_id: jobId, open: 'true' }, signal })).items,
    enabled: count > 0,
  });
