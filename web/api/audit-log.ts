/** The audit log. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { addressOf, call, type QueryOf } from './client.ts';

export const auditLogQuery = (filter: Omit<QueryOf<'GET /audit-log'>, 'limit'>) =>
  queryOptions({
    queryKey: ['audit-log', filter],
    queryFn: ({ signal }) => call('GET /audit-log', { query: { ...filter, limit: 50 }, signal }),
    placeholderData: keepPreviousData,
  });

/** The URL that downloads the entries. */
export const auditLogFile = (query: QueryOf<'GET /audit-log/export'>): string =>
  addressOf('GET /audit-log/export', { query });
