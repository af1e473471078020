/** Runs of jobs: their results and their progress. */
import { z } from 'zod';
import { pageOf, pageQuery } from '../contracts/paging.ts';
import { runDocument } from '../contracts/run.ts';
import { numberedRunEvent, runDetail, runPage, runUpdate } from '../contracts/run-progress.ts';
import { matchingObservation, runFilter, runRequestEntry } from '../contracts/runs.ts';
import { byId, csv, endpoint, events, itemsOf, ok } from './endpoint.ts';

const read = { tag: 'Runs', access: 'runs.read' } as const;

export const runEndpoints = {
  'GET /runs': endpoint({
    ...read,
    operationId: 'listRuns',
    summary: 'List the runs, newest first',
    query: pageQuery.extend(runFilter.shape),
    response: ok(runPage),
  }),
  'GET /runs/:id': endpoint({
    ...read,
    operationId: 'getRun',
    summary: 'Show a run',
    params: byId,
    response: ok(runDetail),
  }),
  'GET /runs/:id/report': endpoint({
    ...read,
    operationId: 'getRunReport',
    summary: 'Show the whole outcome of a run; no personal data',
    params: byId,
    response: ok(runDocument),
  }),
  'GET /runs/:id/report.csv': endpoint({
    ...read,
    operationId: 'downloadRunReport',
    summary: 'Download the outcome of a run as CSV',
    params: byId,
    response: csv('CSV'),
  }),
  'GET /runs/:id/journal': endpoint({
    ...read,
    operationId: 'listRunJournal',
    summary: 'List the journal of a run, oldest first',
    params: byId,
    query: pageQuery,
    response: ok(pageOf(numberedRunEvent)),
  }),
  'GET /runs/:id/requests': endpoint({
    ...read,
    operationId: 'listRunRequests',
    summary: 'List the requests to LINE that a run made, oldest first',
    params: byId,
    query: pageQuery,
    response: ok(pageOf(runRequestEntry)),
  }),
  'GET /runs/:id/matching': endpoint({
    ...read,
    operationId: 'listRunMatching',
    summary: 'List how LINE’s matching went after a run, oldest first',
    params: byId,
    response: ok(itemsOf(matchingObservation)),
  }),
  'GET /runs/:id/events': endpoint({
    ...read,
    operationId: 'followRun',
    summary: 'Follow a run: server-sent events `run`, `event`, `progress`, and `end` when it has ended',
    params: byId,
    headers: z.object({
      'last-event-id': z.coerce
        .number()
        .int()
        .nonnegative()
        .max(2_000_000_000)
        .default(0)
        .describe('Go on after this journal entry.'),
    }),
    response: events(runUpdate),
  }),
};
