/** The health report. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { call } from './client.ts';

export const healthReportQuery = (cursor: string | undefined) =>
  queryOptions({
    // Changes of jobs refresh it.
    queryKey: ['jobs', 'health-report', cursor],
    queryFn: ({ signal }) => call('GET /health-report', { query: { cursor, limit: 50 }, signal }),
    placeholderData: keepPreviousData,
    // The server looks at all jobs for it.
    refetchInterval: 60_000,
  });
