/** Runs: what happened, and what is happening. */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { LineupError } from '../../contracts/errors.ts';
import { toldWithoutInside } from '../../contracts/inside.ts';
import { pageOf, pageQuery } from '../../contracts/page.ts';
import { type RunDocument, runDocument } from '../../contracts/run.ts';
import { numberedRunEvent, type RunUpdate, runDetail, runPage } from '../../contracts/run-progress.ts';
import { matchingObservation, readRunFilter, runFilter, runRequestEntry } from '../../contracts/runs.ts';
import { sentence } from '../../contracts/sentence.ts';
import { knowsInside } from '../errors.ts';
import { reportCsv } from '../run-report.ts';
import { eventStream, eventStreamHeaders, type ServerEvent } from '../sse.ts';
import { type App, byId, type Deps, whileConnected } from './routes.ts';

const tags = ['Runs'];
const config = { access: 'runs.read' } as const;

export function runRoutes(app: App, deps: Deps): void {
  const { runs } = deps.service;

  app.get(
    '/runs',
    {
      config,
      schema: {
        operationId: 'listRuns',
        tags,
        summary: 'List the runs, newest first',
        querystring: pageQuery.extend(runFilter.shape),
        response: { 200: runPage },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => runs.list({ limit, cursor, ...readRunFilter(filter) }),
  );

  app.get(
    '/runs/:id',
    {
      config,
      schema: {
        operationId: 'getRun',
        tags,
        summary: 'Show a run',
        params: byId,
        response: { 200: runDetail },
      },
    },
    ({ params }) => runs.get(params.id),
  );

  const report = async (id: string): Promise<RunDocument> => {
    const document = await runs.document(id);
    if (!document)
      throw new LineupError('not_found', sentence`The run has not begun yet, so there is no report.`);
    return document;
  };

  app.get(
    '/runs/:id/report',
    {
      config,
      schema: {
        operationId: 'getRunReport',
        tags,
        summary: 'Show the whole outcome of a run; no personal data',
        params: byId,
        response: { 200: runDocument },
      },
    },
    ({ params }) => report(params.id),
  );

  app.get(
    '/runs/:id/report.csv',
    {
      config,
      schema: {
        operationId: 'downloadRunReport',
        tags,
        summary: 'Download the outcome of a run as CSV',
        params: byId,
        response: { 200: { description: 'CSV', content: { 'text/csv': { schema: z.string() } } } },
      },
    },
    async (request, reply) => {
      const { params } = request;
      const told = await report(params.id);
      const csv = reportCsv(knowsInside(request) ? told : (toldWithoutInside(told) as RunDocument));
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="run-${params.id.replace(/[^\w-]/g, '')}.csv"`)
        .serializer(String)
        .send(csv);
    },
  );

  app.get(
    '/runs/:id/journal',
    {
      config,
      schema: {
        operationId: 'listRunJournal',
        tags,
        summary: 'List the journal of a run, oldest first',
        params: byId,
        querystring: pageQuery,
        response: { 200: pageOf(numberedRunEvent) },
      },
    },
    ({ params, query }) => runs.events(params.id, query),
  );

  app.get(
    '/runs/:id/requests',
    {
      config,
      schema: {
        operationId: 'listRunRequests',
        tags,
        summary: 'List the requests to LINE that a run made, oldest first',
        params: byId,
        querystring: pageQuery,
        response: { 200: pageOf(runRequestEntry) },
      },
    },
    ({ params, query }) => runs.requests(params.id, query),
  );

  app.get(
    '/runs/:id/matching',
    {
      config,
      schema: {
        operationId: 'listRunMatching',
        tags,
        summary: 'List how LINE’s matching went after a run, oldest first',
        params: byId,
        response: { 200: z.object({ items: z.array(matchingObservation).readonly() }) },
      },
    },
    async ({ params }) => ({ items: await runs.matching(params.id) }),
  );

  app.get(
    '/runs/:id/events',
    {
      config,
      schema: {
        operationId: 'followRun',
        tags,
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
        response: {
          200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
        },
      },
    },
    async (request, reply) => {
      const { authorization, cookie } = request.headers;
      const open = deps.streams.open(request.principal.id, { authorization, cookie });
      reply.raw.once('close', open.close);
      if (reply.raw.destroyed) open.close();
      const signal = AbortSignal.any([whileConnected(reply, deps), open.ended]);
      const updates = await runs.watch(request.params.id, request.headers['last-event-id'], signal);
      const stream = Readable.from(
        eventStream(toEvents(updates, signal, knowsInside(request)), deps.heartbeatMs, signal),
      );
      // What breaks on the way can only end the stream: the client reconnects, and is told then.
      return reply.headers(eventStreamHeaders).send(stream as unknown as string);
    },
  );
}

async function* toEvents(
  updates: AsyncIterable<RunUpdate>,
  signal: AbortSignal,
  whole: boolean,
): AsyncGenerator<ServerEvent> {
  for await (const update of updates) {
    // Only journal entries have an id: what follows the last one seen is all that a client can have missed.
    yield {
      event: update.type,
      id: update.type === 'event' ? update.seq : undefined,
      data: whole ? update : toldWithoutInside(update),
    };
  }
  // Browsers reconnect to a stream that ended: this tells them that nothing more will come.
  if (!signal.aborted) yield { event: 'end', data: {} };
}
