/** Jobs, the health of their audiences, and the plans that configure them. */
import type { configurationEndpoints, healthReportEndpoints, jobEndpoints } from '../../endpoints/jobs.ts';
import type { Deps, Handlers } from '../handler.ts';

export const jobHandlers = ({ useCases: { jobs, alerts } }: Deps): Handlers<typeof jobEndpoints> => ({
  'GET /jobs': ({ query, principal }) => jobs.list(query, principal.role),
  'GET /jobs/rows': ({ query, principal }) => jobs.rows(query, principal.role),
  'GET /jobs/tags': async () => ({ items: await jobs.tags() }),
  'POST /jobs': ({ body, principal, creation }) => jobs.create(body, principal, creation),
  'POST /jobs/validate': ({ body, signal }) => jobs.validate(body, signal),
  'POST /jobs/next-times': async ({ body: { schedule, count, language } }) => {
    const { times, words } = await jobs.previewSchedule(schedule, count, language);
    return { times: times.map((time) => time.toISOString()), words };
  },
  'POST /jobs/outlook': ({ body }) => jobs.outlook(body),
  'GET /jobs/:id': ({ params }) => jobs.get(params.id),
  'GET /jobs/:id/parts': ({ params, query }) => jobs.parts(params.id, query),
  'GET /jobs/:id/move': ({ params, query }) => jobs.move(params.id, query),
  'PATCH /jobs/:id': ({ params, body: { revision, let_in, ...change }, principal }) =>
    jobs.change(params.id, revision, change, principal, let_in),
  'DELETE /jobs/:id': ({ params, principal }) => jobs.delete(params.id, principal),
  'POST /jobs/:id/actions/:action': ({ params: { id, action }, principal }) => jobs.act(id, action, principal),
  'POST /jobs/:id/actions/run_anyway': ({ params, body, principal }) => jobs.approve(params.id, body, principal),
  'POST /jobs/actions/:action': async ({ params, body, principal }) => ({
    results: await jobs.actOnMany(body.ids, params.action, principal),
  }),
  'POST /jobs/bulk/actions/:action': ({ params, body, principal, signal }) =>
    jobs.actOnChosen(body.jobs, params.action, principal, signal),
  'POST /jobs/bulk/changes': ({ body, principal, signal }) =>
    jobs.changeChosen(body.jobs, body.change, principal, signal),
  'GET /alerts': ({ query }) => alerts.list(query),
  'GET /jobs/:id/history': ({ params, query }) => jobs.history(params.id, Number(query.days)),
  'GET /jobs/:id/log': ({ params, query }) => jobs.transitions(params.id, query),
});

export const healthReportHandlers = ({
  useCases: { healthReport, overview },
}: Deps): Handlers<typeof healthReportEndpoints> => ({
  'GET /overview': ({ query, principal }) => overview.read(Number(query.days), principal.role),
  'GET /health-report': ({ query }) => healthReport.read(query),
});

export const configurationHandlers = ({
  useCases: { configuration },
}: Deps): Handlers<typeof configurationEndpoints> => ({
  'POST /configuration/validate': ({ body, principal, signal }) => configuration.validate(body, principal, signal),
});
