/** Jobs and their runs. */
import { LineupError } from '../../contracts/errors.ts';
import { redactInternalsInBody } from '../../contracts/redact-internals.ts';
import type { RunDocument } from '../../contracts/run.ts';
import { readRunFilter } from '../../contracts/runs.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { jobEndpoints } from '../../endpoints/jobs.ts';
import type { runEndpoints } from '../../endpoints/runs.ts';
import { maySeeInside } from '../errors.ts';
import type { Deps, Handlers } from '../handler.ts';
import { reportCsv } from '../run-report.ts';

export const jobHandlers = ({ useCases: { jobs } }: Deps): Handlers<typeof jobEndpoints> => ({
  'GET /jobs': ({ query, principal }) => jobs.list(query, principal.role),
  'GET /jobs/tags': async () => ({ items: await jobs.tags() }),
  'POST /jobs': ({ body, principal, creation }) => jobs.create(body, principal, creation),
  'POST /jobs/validate': async ({ body, signal }) => ({ errors: await jobs.validate(body, signal) }),
  'POST /jobs/next-times': ({ body: { schedule, count } }) => ({
    times: jobs.nextTimes(schedule, count).map((time) => time.toISOString()),
  }),
  'GET /jobs/:id': ({ params }) => jobs.get(params.id),
  'PATCH /jobs/:id': ({ params, body: { revision, ...change }, principal }) =>
    jobs.change(params.id, revision, change, principal),
  'DELETE /jobs/:id': ({ params, principal }) => jobs.delete(params.id, principal),
  'POST /jobs/:id/actions/:action': ({ params: { id, action }, principal }) =>
    jobs.act(id, action, principal),
  'POST /jobs/actions/:action': async ({ params, body, principal }) => ({
    results: await jobs.actOnMany(body.ids, params.action, principal),
  }),
  'GET /jobs/:id/log': ({ params, query }) => jobs.transitions(params.id, query),
});

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
      const shown = maySeeInside(request) ? whole : (redactInternalsInBody(whole) as RunDocument);
      return { name: `run-${params.id.replace(/[^\w-]/g, '')}.csv`, text: reportCsv(shown) };
    },
    'GET /runs/:id/journal': ({ params, query }) => runs.events(params.id, query),
    'GET /runs/:id/requests': ({ params, query }) => runs.requests(params.id, query),
    'GET /runs/:id/matching': async ({ params }) => ({ items: await runs.matching(params.id) }),
    'GET /runs/:id/events': ({ params, headers, signal }) =>
      runs.watch(params.id, headers['last-event-id'], signal),
  };
}
