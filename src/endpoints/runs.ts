/** Runs of jobs: their results and their progress. */
import { z } from 'zod';
import { numberedRunEvent, runDetail, runPage, runUpdate } from '../contracts/run-progress.ts';
import { matchingObservation, matchingQuery, runRequestEntry } from '../contracts/runs.ts';
import { runFilter } from '../domain/runs/filter.ts';
import { runDocument } from '../domain/runs/run.ts';
import { itemsOf, pageOf, pageQuery } from '../domain/values/paging.ts';
import { byId, csv, endpoint, events, ok } from './endpoint.ts';

const read = { tag: 'Runs', access: 'runs.read' } as const;

export const runEndpoints = {
  'GET /runs': endpoint({
    ...read,
    operationId: 'listRuns',
    summary: 'List runs, newest first',
    query: pageQuery.extend(runFilter.shape),
    response: ok(runPage),
  }),
  'GET /runs/:id': endpoint({
    ...read,
    operationId: 'getRun',
    summary: 'Get a run',
    params: byId,
    response: ok(runDetail),
  }),
  'GET /runs/:id/report': endpoint({
    ...read,
    operationId: 'getRunReport',
    summary: 'Get the report of a run, without personal data',
    params: byId,
    response: ok(runDocument),
  }),
  'GET /runs/:id/report.csv': endpoint({
    ...read,
    operationId: 'downloadRunReport',
    summary: 'Download the report of a run as CSV',
    params: byId,
    response: csv('CSV'),
  }),
  'GET /runs/:id/journal': endpoint({
    ...read,
    operationId: 'listRunJournal',
    summary: 'List journal entries of a run, oldest first',
    params: byId,
    query: pageQuery,
    response: ok(pageOf(numberedRunEvent)),
  }),
  'GET /runs/:id/requests': endpoint({
    ...read,
    operationId: 'listRunRequests',
    summary: 'List requests that a run sent to its destination, oldest first',
    params: byId,
    query: pageQuery,
    response: ok(pageOf(runRequestEntry)),
  }),
  'GET /runs/:id/matching': endpoint({
    ...read,
    operationId: 'listRunMatching',
    summary: 'List matching results of a run from its destination, oldest first',
    params: byId,
    query: matchingQuery,
    response: ok(itemsOf(matchingObservation)),
  }),
  'GET /runs/:id/events': endpoint({
    ...read,
    operationId: 'followRun',
    summary: 'Stream a run’s updates as server-sent events: `run`, `event`, `progress` and `end`',
    params: byId,
    headers: z.object({
      'last-event-id': z.coerce
        .number()
        .int()
        .nonnegative()
        .max(2_000_000_000)
        .default(0)
        .describe('The id of the last journal entry received. The stream continues after it.'),
    }),
    response: events(runUpdate),
  }),
};
