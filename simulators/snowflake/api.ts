/** How an API request is processed: faults, sign-in, endpoint, answer. */
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { arrive, waited } from '../shared/arrival.ts';
import { forgetContentType, reset } from '../shared/http.ts';
import { fields, number, read, SimulatorInputError, text } from '../shared/input.ts';
import { RefusalError, StatementError } from './errors.ts';
import type { EndpointName, Fault } from './faults.ts';
import { checkSignIn } from './sign-in.ts';
import type { Statement } from './statement.ts';
import { descriptionOf, findStatement, isRunning, partitionsOf, rowsOf, start } from './statements.ts';
import type { RequestRecord, World } from './world.ts';

type Query = Readonly<Record<string, string | undefined>>;

interface Call {
  readonly world: World;
  readonly handle: string;
  readonly query: Query;
  readonly body: string;
  readonly faults: readonly Fault[];
  readonly record: RequestRecord;
  readonly contentType: string | undefined;
}

/** An answer: JSON, as a text in blocks. */
interface Answer {
  readonly status: number;
  readonly json: Iterable<string>;
  /** Whether it has a partition, which is sent compressed. */
  readonly partition?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

const PATH = '/api/v2/statements';
/** An application, with its version or without (RFC 9110, 10.1.5). */
const PRODUCT = /^[\w!#$%&'*+.^`|~-]+(?:\/[\w!#$%&'*+.^`|~-]+)?(?: |$)/;

/** @param onRequest called at the end of every API request, with or without an answer */
export function serveApi(app: FastifyInstance, world: World, onRequest: (record: RequestRecord) => void): void {
  app.register(async (scope) => {
    scope.decorateRequest('call', null);
    const route = (
      method: string,
      url: string,
      endpointOf: (query: Query) => EndpointName | 'unknown',
      handle: (call: Call) => Answer | Promise<Answer>,
    ) =>
      scope.route({
        method,
        url,
        async onRequest(request, reply) {
          const call = startCall(world, request, endpointOf(request.query as Query));
          forgetContentType(request);
          const ms = call.record.endpoint === 'partition' ? world.settings.partitionMs : 0;
          if (await waited(world, call.faults, ms)) return undefined;
          onRequest(call.record);
          return reset(request, reply);
        },
        async handler(request, reply) {
          const call = { ...request.getDecorator<Call>('call'), body: String(request.body ?? '') };
          const answer = await answerTo(call, request, handle);
          const has = (kind: Fault['kind']) => call.faults.some((fault) => fault.kind === kind);
          if (!has('reset')) call.record.status = answer.status;
          onRequest(call.record);
          return has('reset') ? reset(request, reply) : deliver(reply, answer, has, world.settings.compression);
        },
      });
    route('POST', PATH, () => 'submit', submit);
    route('POST', `${PATH}/:handle/cancel`, () => 'cancel', cancel);
    route('GET', `${PATH}/:handle`, ({ partition = '0' }) => (partition === '0' ? 'status' : 'partition'), result);
    const unknown = (): Answer => {
      throw new RefusalError(404, '', 'no such endpoint');
    };
    for (const method of ['GET', 'POST']) route(method, '/*', () => 'unknown', unknown);
  });
}

function startCall(world: World, request: FastifyRequest, endpoint: EndpointName | 'unknown'): Call {
  const { method, originalUrl: path, headers } = request;
  const { record, faults } = arrive(world, { method, path, endpoint });
  const { handle = '' } = request.params as { handle?: string };
  const query = request.query as Query;
  const contentType = headers['content-type'];
  const call: Call = { world, handle, query, body: '', faults, record, contentType };
  request.setDecorator('call', call);
  return call;
}

async function answerTo(
  call: Call,
  { method, headers }: FastifyRequest,
  handle: (call: Call) => Answer | Promise<Answer>,
): Promise<Answer> {
  const { world, faults, record, contentType } = call;
  const ordered = faults.find((fault) => fault.kind === 'status');
  try {
    if (ordered) throw new RefusalError(ordered.status ?? 503, ordered.code ?? '', 'ordered by a fault');
    if (!PRODUCT.test(headers['user-agent'] ?? ''))
      throw new RefusalError(400, '391903', 'the header User-Agent must name an application');
    const type = headers['x-snowflake-authorization-token-type'];
    checkSignIn(world.identity, headers.authorization, String(type), world.clock.server(0));
    if (method === 'POST' && contentType !== 'application/json')
      throw new RefusalError(415, '', 'the content type must be application/json');
    if (faults.some(({ kind }) => kind === 'expired')) world.statements.clear();
    if (faults.some(({ kind }) => kind === 'timeout')) return failed(408, '000630', '57014', 'timed out');
    const failure = faults.find((fault) => fault.kind === 'failure');
    if (failure) throw new StatementError(failure.code, failure.sqlState ?? '42000');
    return await handle(call);
  } catch (error) {
    if (error instanceof StatementError) {
      record.detail = `${error.code} ${error.message}`;
      return failed(422, error.code, error.sqlState, error.message);
    }
    const refusal = error instanceof SimulatorInputError ? new RefusalError(400, '391920', error.message) : error;
    if (!(refusal instanceof RefusalError)) throw error;
    record.detail = refusal.message;
    const { retryAfter } = ordered ?? {};
    return {
      ...json(refusal.status, { ...(refusal.code && { code: refusal.code }), message: refusal.message }),
      ...(retryAfter !== undefined && { headers: { 'retry-after': String(retryAfter) } }),
    };
  }
}

const json = (status: number, body: object): Answer => ({ status, json: [JSON.stringify(body)] });

const failed = (status: number, code: string, sqlState: string, message: string): Answer =>
  json(status, { code, sqlState, message, statementHandle: '' });

const sent = fields({
  statement: text,
  warehouse: text.optional(),
  role: text.optional(),
  database: text.optional(),
  schema: text.optional(),
  bindings: fields({}).loose().optional(),
  parameters: fields({ rows_per_resultset: number(0, 100_000_000).optional() })
    .loose()
    .optional(),
});

async function submit(call: Call): Promise<Answer> {
  const { world, query, body, record } = call;
  const given = read(sent, parse(body), 'the body');
  record.statement = given.statement;
  const { warehouse = '', role = '', database = '', schema = '' } = given;
  const values = Object.values(given.bindings ?? {}).map((binding) => String(Object(binding).value));
  const statement = start(
    world,
    {
      statement: given.statement,
      values,
      warehouse,
      role,
      database,
      schema,
      rowsPerResultset: given.parameters?.rows_per_resultset,
    },
    query.requestId ?? '',
  );
  if (query.async === 'true') return running(statement);
  await statement.computed;
  return stateOf(call, statement, 0);
}

async function result(call: Call): Promise<Answer> {
  const { world, handle, query } = call;
  const statement = findStatement(world, handle);
  await statement.computed;
  return stateOf(call, statement, Number(query.partition ?? 0));
}

function cancel({ world, handle }: Call): Answer {
  const statement = findStatement(world, handle);
  if (isRunning(world, statement)) statement.cancelled = true;
  return json(200, { statementHandle: handle, message: 'the statement was cancelled' });
}

const running = ({ handle }: Statement): Answer =>
  json(202, { code: '333334', message: 'Asynchronous execution in progress.', statementHandle: handle });

function stateOf({ world, faults }: Call, statement: Statement, partition: number): Answer {
  const { handle, result: rows, partitionRows } = statement;
  if (rows instanceof StatementError) throw rows;
  if (statement.cancelled) throw new StatementError('000604', '57014');
  if (!rows || isRunning(world, statement)) return running(statement);
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitionsOf(rows, partitionRows))
    throw new RefusalError(404, '391909', 'there is no such partition');
  const values = rowsOf(rows, partitionRows, partition);
  if (partition > 0) return { status: 200, partition: true, json: wrapped('{"data":', values, '}') };
  const description = JSON.stringify({
    resultSetMetaData: descriptionOf(rows, partitionRows),
    code: faults.find((fault) => fault.kind === 'result')?.code ?? '090001',
    statementHandle: handle,
  });
  return { status: 200, partition: true, json: wrapped(`${description.slice(0, -1)},"data":`, values, '}') };
}

function* wrapped(before: string, values: Iterable<string>, after: string): Generator<string> {
  yield before;
  yield* values;
  yield after;
}

/** Sends an answer: complete, with damaged bytes, or with half of its bytes before the connection drops. */
function deliver(
  reply: FastifyReply,
  { status, json: parts, partition, headers }: Answer,
  has: (kind: Fault['kind']) => boolean,
  compression: 'gzip' | 'none',
): FastifyReply {
  const whole = Buffer.from([...parts].join(''));
  const gzip = partition === true && compression === 'gzip';
  const body = gzip ? gzipSync(whole, { level: 1 }) : whole;
  if (has('broken')) body.fill(0, body.length / 2);
  reply.code(status).headers({
    'content-type': 'application/json',
    ...(gzip && { 'content-encoding': 'gzip' }),
    ...headers,
  });
  if (!has('cut')) return reply.send(body);
  const { raw } = reply.hijack();
  raw.writeHead(status, {
    'content-type': 'application/json',
    'content-length': body.length,
    ...(gzip && { 'content-encoding': 'gzip' }),
  });
  raw.write(body.subarray(0, body.length / 2), () => raw.socket?.resetAndDestroy());
  return reply;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new RefusalError(400, '391920', 'the body is not JSON');
  }
}
