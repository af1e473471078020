/**
 * Makes the routes of the endpoints from their tables and handlers: schema, access, status, headers, and the kind of
 * the answer.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import type { Created, CreateOptions } from '../contracts/use-cases.ts';
import { csvOf } from '../domain/text/csv.ts';
import { issueText } from '../domain/text/sentence.ts';
import { sentencesIn } from '../domain/text/sentences-in.ts';
import type { Endpoint, EndpointTable, Method } from '../endpoints/endpoint.ts';
import { answerFor } from './access.ts';
import { acceptAnything } from './any-body.ts';
import { compress } from './compress.ts';
import type { CsvFile, Deps, HandlerInput, Handlers } from './handler.ts';
import { eventStream, eventStreamHeaders, toEvents, type Update } from './streams.ts';
import { acceptFiles, fileOf } from './upload-body.ts';

/** A handler of any endpoint. The table and `Handlers` have checked the types. */
type AnyHandler = (input: HandlerInput<Endpoint>) => unknown;

/** The paths are below the prefix of `app`. */
export function registerEndpoints<Table extends EndpointTable>(
  app: FastifyInstance,
  table: Table,
  handlers: Handlers<Table>,
  deps: Deps,
): void {
  const anyHandlers = handlers as Readonly<Record<string, AnyHandler>>;
  for (const [key, endpoint] of Object.entries<Endpoint>(table)) {
    const handler = anyHandlers[key];
    if (!handler) throw new Error(`${key} has no handler`);
    if ('schema' in endpoint.response) sentencesIn(endpoint.response.schema);
    const [method, url] = key.split(' ') as [Method, string];
    const route = {
      method,
      url,
      config: { access: endpoint.access },
      schema: schemaOf(endpoint),
      ...(endpoint.compressed && { onSend: compress }),
      handler: (request: FastifyRequest, reply: FastifyReply) => answer(endpoint, handler, request, reply, deps),
    };
    if (endpoint.consumes === undefined && endpoint.anyBody === undefined) app.route(route);
    else {
      // A scope of its own, because all other bodies are JSON, and small.
      app.register(async (scope) => {
        if (endpoint.anyBody === undefined) acceptFiles(scope);
        else acceptAnything(scope, endpoint.anyBody);
        scope.route(route);
      });
    }
  }
}

/** The empty answer of a deletion. */
const nothing = z.null().describe('No content.');

function schemaOf(endpoint: Endpoint): FastifySchema {
  const { operationId, tag, summary, params, query, body, consumes, idempotent, response } = endpoint;
  const headers = idempotent ? idempotencyHeaders : endpoint.headers;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(headers && { headers }),
    ...(body && { body }),
    ...(consumes && { consumes: [consumes], body: z.any().meta({ type: 'string', format: 'binary' }) }),
    response: { [response.status]: responseSchema(response) },
  };
}

function responseSchema(response: Endpoint['response']): unknown {
  switch (response.kind) {
    case 'json':
      return response.schema;
    case 'none':
      return nothing;
    case 'csv':
      return { description: response.description, content: { 'text/csv': { schema: z.string() } } };
    case 'events':
      return { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } };
  }
}

async function answer(
  endpoint: Endpoint,
  handler: AnyHandler,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Deps,
): Promise<unknown> {
  const { response } = endpoint;
  const file = endpoint.consumes && fileOf(request);
  const stream = response.kind === 'events' ? openStream(endpoint, request, reply, deps) : undefined;
  const input = {
    params: request.params,
    query: request.query,
    headers: request.headers,
    body: request.body,
    principal: request.principal,
    creation: endpoint.idempotent && createOptions(request.headers),
    content: file?.content,
    get signal() {
      return stream ?? whileConnected(reply, deps);
    },
    request,
    reply,
  } as unknown as HandlerInput<Endpoint>;
  const result = await resultOf(handler, input).finally(file?.discard);
  switch (response.kind) {
    case 'none':
      return reply.code(response.status).send(null);
    case 'csv':
      return sendCsv(reply, result as CsvFile);
    case 'events':
      return sendEvents(request, reply, response.schema, result as AsyncIterable<Update>, input.signal, deps);
    case 'json':
      reply.code(response.status);
      return answerFor(
        request,
        response.schema,
        endpoint.idempotent ? markReplayed(reply, result as Created<unknown>) : result,
        endpoint.leftOut,
      );
  }
}

const resultOf = async (handler: AnyHandler, input: HandlerInput<Endpoint>): Promise<unknown> => handler(input);

function sendCsv(reply: FastifyReply, { name, rows }: CsvFile): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}"`)
    .serializer(String)
    .send(csvOf(rows));
}

/**
 * Counts the stream until it ends.
 * @returns aborted when the client goes away or loses its permission, or the server stops
 */
function openStream({ access }: Endpoint, request: FastifyRequest, reply: FastifyReply, deps: Deps): AbortSignal {
  const { authorization, cookie } = request.headers;
  if (access === 'public' || access === 'signed_in') throw new Error('a stream needs a permission');
  const open = deps.streams.open(request.principal.id, { authorization, cookie }, access);
  reply.raw.once('close', open.close);
  if (reply.raw.destroyed) open.close();
  return AbortSignal.any([whileConnected(reply, deps), open.ended]);
}

function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  schema: z.ZodType,
  updates: AsyncIterable<Update>,
  signal: AbortSignal,
  { heartbeatMs }: Deps,
): FastifyReply {
  const events = toEvents(updates, signal, (update, leftOut) => answerFor(request, schema, update, leftOut));
  // A failure can only end the stream. The client reconnects, and then gets the error.
  return reply.headers(eventStreamHeaders).send(Readable.from(eventStream(events, heartbeatMs, signal)));
}

/** Aborted when the client goes away or the server stops. */
function whileConnected({ raw }: FastifyReply, { stopping }: Deps): AbortSignal {
  const gone = new AbortController();
  // The client may have gone while the request was parsed.
  if (raw.destroyed) gone.abort();
  raw.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, stopping]);
}

/** A client names a creation with this header, so that sending the request twice creates once. */
const HEADER = 'idempotency-key';

const idempotencyHeaders = z.object({
  [HEADER]: z
    .string()
    .max(200)
    .regex(/^[\x21-\x7e]{1,200}$/, issueText`Use at most 200 printable characters.`)
    .optional()
    .describe(
      'A key that the client chooses. If the request is sent again with the same key, the response is the same and nothing is created twice.',
    ),
});

/** @param headers checked by `idempotencyHeaders` */
const createOptions = (headers: IncomingHttpHeaders): CreateOptions => ({
  idempotencyKey: headers[HEADER]?.toString(),
});

/** Returns what was created. A header marks the result of an earlier request. */
function markReplayed<T>(reply: FastifyReply, { value, replayed }: Created<T>): T {
  if (replayed) reply.header('idempotency-replayed', 'true');
  return value;
}
