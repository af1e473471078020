/** Jobs: configured exports with their schedule. */
import type { jobEndpoints } from '../../endpoints/jobs.ts';
import type { Deps } from '../deps.ts';
import type { Handlers } from '../handler.ts';

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
