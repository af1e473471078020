/** The Storage Read API: sessions of several streams, and the batches of a stream from a row on. */
import { once } from 'node:events';
import { protos } from '@google-cloud/bigquery-storage';
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  Server,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
} from '@grpc/grpc-js';
import { arrive, waited } from '../shared/arrival.ts';
import { batchMessage, schemaMessage } from './arrow.ts';
import type { Fault } from './faults.ts';
import { admit, grpcCodeOf, RefusalError } from './refusals.ts';
import { findTable, project, type Readable, type RequestRecord, type Session, type World } from './world.ts';

const api = protos.google.cloud.bigquery.storage.v1;
type CreateRequest = protos.google.cloud.bigquery.storage.v1.CreateReadSessionRequest;
type RowsRequest = protos.google.cloud.bigquery.storage.v1.ReadRowsRequest;

const method = <T>(name: string, decode: (bytes: Buffer) => T, responseStream: boolean) => ({
  path: `/google.cloud.bigquery.storage.v1.BigQueryRead/${name}`,
  requestStream: false,
  responseStream,
  requestDeserialize: decode,
  requestSerialize: (_value: T) => Buffer.alloc(0),
  // The handlers give bytes.
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
});

const service = {
  createReadSession: method('CreateReadSession', (bytes) => api.CreateReadSessionRequest.decode(bytes), false),
  readRows: method('ReadRows', (bytes) => api.ReadRowsRequest.decode(bytes), true),
};

export function addReadService(server: Server, world: World, onRequest: (record: RequestRecord) => void): void {
  const batches = new Batches();

  const createReadSession: handleUnaryCall<CreateRequest, Buffer> = async (call, done) => {
    const { readSession } = call.request;
    const begun = arrive(world, { method: 'gRPC', path: readSession?.table ?? '', endpoint: 'session' });
    try {
      await admitted(call, begun.faults);
      const session = open(world, call.request);
      begun.record.status = 200;
      const isEmpty = begun.faults.some(({ kind }) => kind === 'no_streams');
      done(null, encodeSession(world, isEmpty ? { ...session, streams: 0 } : session));
    } catch (error) {
      done(failed(begun.record, error));
    }
    onRequest(begun.record);
  };

  const readRows: handleServerStreamingCall<RowsRequest, Buffer> = async (call) => {
    const { readStream, offset } = call.request;
    const begun = arrive(world, { method: 'gRPC', path: `${readStream}@${offset}`, endpoint: 'rows' });
    try {
      await admitted(call, begun.faults);
      const broken = begun.faults.find(({ kind }) => kind === 'broken');
      const most = broken?.kind === 'broken' ? (broken.batches ?? 1) : Number.POSITIVE_INFINITY;
      const rows = rowsOf(world, batches, readStream, Number(offset));
      await send(call, changed(rows, begun.faults), most);
      begun.record.status = 200;
      call.end();
    } catch (error) {
      call.emit('error', failed(begun.record, error));
    }
    onRequest(begun.record);
  };

  async function admitted(
    { metadata }: ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>,
    faults: readonly Fault[],
  ): Promise<void> {
    await waited(world, faults);
    admit(world, faults, String(metadata.get('authorization')[0] ?? ''));
  }

  server.addService(service as unknown as ServiceDefinition, { createReadSession, readRows } as never);
}

/** For the client, and for the log of requests. */
function failed(record: RequestRecord, error: unknown): { code: number; details: string } {
  if (!(error instanceof RefusalError)) return { code: 13, details: error instanceof Error ? (error.stack ?? '') : '' };
  record.status = error.status;
  record.detail = error.message;
  return { code: grpcCodeOf(error), details: error.message };
}

function open(world: World, { readSession, maxStreamCount }: CreateRequest): Session {
  const [, owner, dataset, table] =
    /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)$/.exec(readSession?.table ?? '') ?? [];
  const readable = world.results.get(`${dataset}.${table}`) ?? find(world, `${owner}.${dataset}.${table}`);
  if (!readable) throw new RefusalError(404, 'notFound', `Not found: Table ${owner}:${dataset}.${table}`);
  const wanted = readSession?.readOptions?.selectedFields ?? [];
  // As BigQuery, it keeps the order of the table.
  const fields = readable.fields.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const name = `projects/${project}/locations/us/sessions/session${world.requests.count}`;
  const needed = Math.ceil(readable.table.size / world.settings.batchRows);
  const streams = Math.min(world.settings.streams, needed, maxStreamCount || Number.POSITIVE_INFINITY);
  const session = { ...readable, fields, name, streams, made: world.clock.time() };
  world.sessions.set(name, session);
  return session;
}

function find(world: World, name: string): Readable | undefined {
  const table = findTable(world, name);
  if (!table) return undefined;
  if (table.spec.type !== undefined && table.spec.type !== 'TABLE')
    throw new RefusalError(400, 'invalidArgument', 'request failed: only tables can be read');
  return { table, fields: table.fields };
}

function encodeSession({ settings }: World, { name, streams, fields, table, made }: Session): Buffer {
  const session = api.ReadSession.encode({
    name,
    dataFormat: 'ARROW',
    arrowSchema: { serializedSchema: schemaMessage(fields) },
    streams: Array.from({ length: streams }, (_, index) => ({ name: `${name}/streams/s${index}` })),
    estimatedRowCount: table.size,
    expireTime: { seconds: Math.floor((made + settings.sessionTtlMs) / 1000) },
  });
  return Buffer.from(session.finish());
}

/** The batches of a stream: every so many-th one of the table, so that streams in turns give the order of the table. */
function* rowsOf(world: World, batches: Batches, stream: string, offset: number): Generator<Buffer> {
  const [, name = '', number = ''] = /^(.*)\/streams\/s(\d+)$/.exec(stream) ?? [];
  const session = world.sessions.get(name);
  if (!session) throw new RefusalError(404, 'notFound', 'Not found: Session');
  const { batchRows, sessionTtlMs } = world.settings;
  if (world.clock.time() > session.made + sessionTtlMs)
    throw new RefusalError(412, 'failedPrecondition', 'The session has expired.');
  const skipped = Math.floor(offset / batchRows);
  for (let turn = skipped; ; turn += 1) {
    const start = (turn * session.streams + Number(number)) * batchRows;
    if (start >= session.table.size) return;
    const end = Math.min(start + batchRows, session.table.size);
    const from = turn === skipped ? Math.min(end, start + (offset % batchRows)) : start;
    if (from < end) yield batches.of(session, from, end);
  }
}

/** The answers of a stream, as its faults change them. */
function* changed(answers: Iterable<Buffer>, faults: readonly Fault[]): Generator<Buffer> {
  const has = (wanted: Fault['kind']) => faults.some(({ kind }) => kind === wanted);
  for (const answer of answers) {
    if (has('throttled')) yield encoded({ throttleState: { throttlePercent: 50 } });
    if (!has('short')) yield answer;
    else {
      const said = api.ReadRowsResponse.decode(answer);
      yield encoded({ ...said, rowCount: Number(said.rowCount) + 1 });
    }
  }
}

const encoded = (answer: Parameters<typeof api.ReadRowsResponse.encode>[0]): Buffer =>
  Buffer.from(api.ReadRowsResponse.encode(answer).finish());

async function send(call: ServerWritableStream<RowsRequest, Buffer>, rows: Iterable<Buffer>, most: number) {
  let sent = 0;
  for (const answer of rows) {
    if (sent === most) throw new RefusalError(503, 'unavailable', 'Stream removed');
    if (call.cancelled) return;
    sent += 1;
    if (call.write(answer)) continue;
    await Promise.race([once(call, 'drain'), once(call, 'cancelled')]);
  }
  if (sent <= most && Number.isFinite(most)) throw new RefusalError(503, 'unavailable', 'Stream removed');
}

/** The bytes of answers, because making people takes longer than sending them. */
const MAX_CACHED_BYTES = 200_000_000;

class Batches {
  readonly #made = new Map<string, Buffer>();
  #bytes = 0;

  of({ table, fields }: Readable, from: number, to: number): Buffer {
    const key = JSON.stringify([table.id, fields, from, to]);
    const known = this.#made.get(key);
    if (known) return known;
    const rowCount = to - from;
    const batch = { serializedRecordBatch: batchMessage(table, fields, from, to), rowCount };
    const made = encoded({ arrowRecordBatch: batch, rowCount });
    if (this.#bytes + made.length <= MAX_CACHED_BYTES) {
      this.#made.set(key, made);
      this.#bytes += made.length;
    }
    return made;
  }
}
