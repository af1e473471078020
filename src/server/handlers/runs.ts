/** Runs: their results and their progress. */

import { LineupError } from '../../domain/errors/errors.ts';
import { readRunFilter } from '../../domain/runs/filter.ts';
import { leavesOut } from '../../domain/runs/left-out.ts';
import { reportTable } from '../../domain/runs/report-table.ts';
import { type RunDocument, runDocument } from '../../domain/runs/run.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { runEndpoints } from '../../endpoints/runs.ts';
import { answerFor } from '../access.ts';
import type { Deps, Handlers } from '../handler.ts';

export function runHandlers({ useCases: { runs } }: Deps): Handlers<typeof runEndpoints> {
  const report = async (id: string): Promise<RunDocument> => {
    const document = await runs.document(id);
    if (document) return document;
    throw new LineupError('not_found', sentence`The run has not started yet, so there is no report.`);
  };
  return {
    'GET /runs': async ({ query: { limit, cursor, ...filter } }) =>
      runs.list({ limit, cursor, ...readRunFilter(filter) }),
    'GET /runs/:id': ({ params }) => runs.get(params.id),
    'GET /runs/:id/report': ({ params }) => report(params.id),
    'GET /runs/:id/report.csv': async ({ params, request }) => {
      const shown = answerFor(request, runDocument, await report(params.id));
      return { name: `run-${params.id.replace(/[^\w-]/g, '')}.csv`, rows: reportTable(shown) };
    },
    'GET /runs/:id/journal': async ({ params, query, request }) => {
      const { schema } = runEndpoints['GET /runs/:id/journal'].response;
      // Its entries alone do not say whether the run leaves members out.
      return answerFor(request, schema, await runs.events(params.id, query), leavesOut(await runs.get(params.id)));
    },
    'GET /runs/:id/requests': ({ params, query }) => runs.requests(params.id, query),
    'GET /runs/:id/matching': async ({ params, query }) => ({
      items: await runs.matching(params.id, query.delivery),
    }),
    'GET /runs/:id/events': ({ params, headers, signal }) => runs.watch(params.id, headers['last-event-id'], signal),
  };
}
