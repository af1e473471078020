/** What the first page shows of all jobs, and the health of their audiences. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { HealthLevel } from '../../src/contracts/health-report.ts';
import type { HistoryDays } from '../../src/domain/jobs/history.ts';
import { call, fromAddress } from './client.ts';

/** The server looks at all jobs for it. */
const EVERY_MS = 60_000;

// Changes of jobs refresh both.
export const overviewQuery = (days: HistoryDays) =>
  queryOptions({
    queryKey: ['jobs', 'overview', days],
    queryFn: ({ signal }) => call('GET /overview', { query: { days }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY_MS,
  });

/** @param level as it stands in the address; undefined for all */
export const healthReportQuery = (level: string | undefined, cursor: string | undefined) =>
  queryOptions({
    queryKey: ['jobs', 'health-report', level, cursor],
    queryFn: ({ signal }) =>
      call('GET /health-report', { query: { level: fromAddress<HealthLevel>(level), cursor, limit: 20 }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY_MS,
  });
