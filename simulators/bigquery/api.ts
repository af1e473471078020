/** How a REST request is processed: faults, token, endpoint, answer. gRPC comes to the same port (connections.ts). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { arrive, waited } from '../shared/arrival.ts';
import { forgetContentType, type Reply, reset, send } from '../shared/http.ts';
import { shareConnections } from './connections.ts';
import type { EndpointName, Fault } from './faults.ts';
import { admit, errorReply, RefusalError } from './refusals.ts';
import { cancelJob, insertJob, showJob, showResults } from './routes/jobs.ts';
import { listDatasets, listTables, showTable, testPermissions } from './routes/tables.ts';
import { exchangeToken } from './routes/token.ts';
import { type Call, project, type RequestRecord, type World } from './world.ts';

type Handle = (call: Call) => Reply | Promise<Reply>;

/** Any project can pay for a job. */
const payer = '/bigquery/v2/projects/:project';
const base = `/bigquery/v2/projects/${project}`;
const table = `${base}/datasets/:dataset/tables/:table`;

const routes: readonly (readonly [name: EndpointName, method: string, path: string, handle: Handle])[] = [
  ['token', 'POST', '/token', exchangeToken],
  ['datasets', 'GET', `${base}/datasets`, listDatasets],
  ['tables', 'GET', `${base}/datasets/:dataset/tables`, listTables],
  ['table', 'GET', table, showTable],
  ['permissions', 'POST', table, testPermissions],
  ['insert', 'POST', `${payer}/jobs`, insertJob],
  ['job', 'GET', `${payer}/jobs/:job`, showJob],
  ['cancel', 'POST', `${payer}/jobs/:job/cancel`, cancelJob],
  ['results', 'GET', `${payer}/queries/:job`, showResults],
];

/** @param onRequest called at the end of every API request, with or without an answer */
export function serveApi(app: FastifyInstance, world: World, onRequest: (record: RequestRecord) => void): void {
  shareConnections(app.server, world, onRequest);
  app.register(async (scope) => {
    for (const [name, method, url, handle] of routes)
      scope.route({ method, url, onRequest: forget, handler: handlerFor(name, handle) });
    const unknown = () => {
      throw new RefusalError(404, 'notFound', 'Not found: no such endpoint or project');
    };
    scope.route({
      method: scope.supportedMethods,
      url: '/*',
      onRequest: forget,
      handler: handlerFor('unknown', unknown),
    });
  });

  async function forget(request: FastifyRequest) {
    forgetContentType(request);
  }

  function handlerFor(endpoint: EndpointName | 'unknown', handle: Handle) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const { method, originalUrl: path } = request;
      const { record, faults } = arrive(world, { method, path, endpoint });
      await waited(world, faults);
      // Also a reset request is carried out: the client cannot know.
      const answer = await answerOf(request, endpoint, faults, handle, record);
      if (faults.some(({ kind }) => kind === 'reset')) {
        onRequest(record);
        return reset(request, reply);
      }
      record.status = answer.status;
      onRequest(record);
      return send(reply, answer);
    };
  }

  async function answerOf(
    request: FastifyRequest,
    endpoint: string,
    faults: readonly Fault[],
    handle: Handle,
    record: RequestRecord,
  ): Promise<Reply> {
    try {
      admit(world, faults, endpoint === 'token' ? null : (request.headers.authorization ?? ''));
      const params = request.params as Record<string, string>;
      const query = request.query as Record<string, string | undefined>;
      return await handle({ world, params, query, body: String(request.body ?? '') });
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      record.detail = error.message;
      return errorReply(error, endpoint === 'token');
    }
  }
}
