/** Runs: what happened, and what is happening. */
import { LineupError } from '../../contracts/errors.ts';
import { redactInternalsInBody } from '../../contracts/redact-internals.ts';
import type { RunDocument } from '../../contracts/run.ts';
import { readRunFilter } from '../../contracts/runs.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { runEndpoints } from '../../endpoints/runs.ts';
import type { Deps } from '../deps.ts';
import { knowsInside } from '../errors.ts';
import type { Handlers } from '../handler.ts';
import { reportCsv } from '../run-report.ts';

export function runHandlers({ useCases: { runs } }: Deps): Handlers<typeof runEndpoints> {
  const report = async (id: string): Promise<RunDocument> => {
    const document = await runs.document(id);
    if (document) return document;
    throw new LineupError('not_found', sentence`The run has not begun yet, so there is no report.`);
  };
  return {
    'GET /runs': async ({ query: { limit, cursor, ...filter } }) =>
      runs.list({ limit, cursor, ...readRunFilter(filter) }),
    'GET /runs/:id': ({ params }) => runs.get(params.id),
    'GET /runs/:id/report': ({ params }) => report(params.id),
    'GET /runs/:id/report.csv': async ({ params, request }) => {
      const whole = await report(params.id);
      const shown = knowsInside(request) ? whole : (redactInternalsInBody(whole) as RunDocument);
      return { name: `run-${params.id.replace(/[^\w-]/g, '')}.csv`, text: reportCsv(shown) };
    },
    'GET /runs/:id/journal': ({ params, query }) => runs.events(params.id, query),
    'GET /runs/:id/requests': ({ params, query }) => runs.requests(params.id, query),
    'GET /runs/:id/matching': async ({ params }) => ({ items: await runs.matching(params.id) }),
    'GET /runs/:id/events': ({ params, headers, signal }) =>
      runs.watch(params.id, headers['last-event-id'], signal),
  };
}
